#include "framework/ops/table.h"

#include <doctest/doctest.h>

#include <set>

#include "framework/core/error.h"

using namespace varve;

TEST_CASE("every op has a row, and every row is whole") {
  std::set<std::string_view> names;
  for (const auto& entry : op_table()) {
    CHECK_NOTHROW(check_row(entry));
    CHECK_FALSE(entry.name.empty());
    CHECK_FALSE(entry.meaning.empty());
    names.insert(entry.name);
    CHECK(name(entry.op) == entry.name);
  }
  CHECK(names.size() == op_count);
}

TEST_CASE("a row without a gradient, or an explicit no_gradient, does not register") {
  auto entry = row(Op::exp);
  entry.gradient = nullptr;
  CHECK_THROWS_WITH_AS(check_row(entry), doctest::Contains("'exp' has no gradient rule"), Error);
  entry.gradient = no_gradient;
  CHECK_NOTHROW(check_row(entry));
}

TEST_CASE("fused rows need a decomposition, views a view rule, and no other row has them") {
  auto fused = row(Op::softmax);
  fused.decomposition = nullptr;
  CHECK_THROWS_AS(check_row(fused), Error);
  auto view = row(Op::permute);
  view.view = nullptr;
  CHECK_THROWS_AS(check_row(view), Error);
  auto required = row(Op::exp);
  required.decomposition = row(Op::sigmoid).decomposition;
  CHECK_THROWS_AS(check_row(required), Error);
  auto shapeless = row(Op::exp);
  shapeless.shapes = nullptr;
  CHECK_THROWS_AS(check_row(shapeless), Error);
}

TEST_CASE("an elementwise row has at most three inputs, and is told apart by its traits alone") {
  auto wide = row(Op::exp);
  wide.max_arity = 4;
  CHECK_THROWS_WITH_AS(check_row(wide), doctest::Contains("at most 3 inputs"), Error);
  CHECK(is_elementwise(Op::less));
  CHECK(is_elementwise(Op::fill));
  CHECK_FALSE(is_elementwise(Op::cumsum));
  CHECK(may_overwrite(Op::add));
  CHECK(may_overwrite(Op::adam_step));
  CHECK_FALSE(may_overwrite(Op::matmul));
}

TEST_CASE("34 op codes are required") {
  int required = 0;
  for (const auto& entry : op_table()) required += entry.required();
  CHECK(required == 34);
}

TEST_CASE("apply checks what it is given") {
  const auto x = Tensor::zeros({2});
  CHECK_THROWS_WITH_AS(apply(Op::add, {x}), doctest::Contains("[add] takes 2 inputs, got 1"),
                       Error);
  CHECK_THROWS_AS(apply(Op::add, {x, Tensor()}), Error);
  CHECK_THROWS_AS(apply_into(Op::add, {x, x}, {Tensor::zeros({3})}), Error);
  CHECK_THROWS_AS(apply_into(Op::add, {x, x}, {}), Error);
}
