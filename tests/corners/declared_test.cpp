#include "tests/corners/declared.h"

#include <doctest/doctest.h>

namespace varve::corners {
namespace {

using Names = std::set<std::string>;

constexpr std::string_view planted = R"(
#pragma once
#include "other.h"  // not_this(one)
namespace varve {
/// nor_this(one): a comment.
Tensor first(const Tensor& x, Axes axes = {}, bool keep = f(1));
/* Tensor commented(Tensor); */
Tensor second(
    const Tensor& a,
    double b);
Tensor second(const Tensor& a);
inline int third() { return hidden(4); }
Tensor operator+(const Tensor& a, double b);
template <class T>
T fourth(T value);
template <class T>
requires(nice<T>) T fifth(T value);
enum class Colour : int { red, green };
inline constexpr double limit = compute(1);
using Function = std::function<void(int)>;
class Late;
struct Config {
  double slope = 0.01;
  Shape shape{1, 2};
};
class Model : public Base {
 public:
  explicit Model(Config config = {}) : config_(config) {}
  ~Model();
  Model(const Model&) = delete;
  Tensor forward(const Tensor& x) override;
  int size() const { return twice(2); }
  friend bool operator==(const Model&, const Model&) = default;

 protected:
  void inner();

 private:
  int secret();
  Config config_;
};
}  // namespace varve
)";

Row row(std::string_view function) {
  return {function, "", {}, [](const Tensors&) { return Tensor(); }, f({})};
}

}  // namespace

TEST_SUITE("corners: the gate") {
  TEST_CASE("a header's functions are found, and nothing else") {
    CHECK(declared_functions(planted) == Names{"first", "second", "third", "fourth", "fifth",
                                               "operator+", "Model::Model", "Model::forward",
                                               "Model::size"});
  }

  TEST_CASE("a function whose row is taken away is named, and a row without a function, too") {
    Rows rows;
    for (const auto& name : {"first", "second", "third", "fourth", "fifth", "operator+",
                             "Model::Model", "Model::forward", "Model::size"})
      rows.push_back(row(name));
    const auto functions = declared_functions(planted);
    CHECK(without_row(functions, rows).empty());
    CHECK(without_function(functions, rows).empty());
    rows.erase(rows.begin() + 1);
    CHECK(without_row(functions, rows) == Names{"second"});
    rows.push_back(row("gone"));
    CHECK(without_function(functions, rows) == Names{"gone"});
  }
}

}  // namespace varve::corners
