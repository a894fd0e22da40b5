#include "framework/optim/clip.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;

/// Two parameters with gradients (3, -4) and (12).
struct Gradients {
  Gradients() : a(test::leaf({0, 0}, {2})), b(test::leaf({0}, {1})), arena({a, b}) {
    backward(sum(a * test::f64({3, -4}, {2})) + sum(b) * 12);
  }
  std::vector<double> values() const {
    auto all = a.grad().to_vector<double>();
    all.push_back(b.grad().item());
    return all;
  }
  Tensor a, b;
  ParameterArena arena;
};

}  // namespace

TEST_CASE("clip: by the joint norm; a smaller one stays") {
  Gradients g;
  CHECK(clip_by_norm(g.arena, 1.3).item() == doctest::Approx(13));
  test::check_close(test::f64(g.values(), {3}), {0.3, -0.4, 1.2});
  const auto before = g.values();
  CHECK(clip_by_norm(g.arena, 5).item() == doctest::Approx(1.3));
  CHECK(g.values() == before);
}

TEST_CASE("clip: by value") {
  Gradients g;
  clip_by_value(g.arena, 3.5);
  test::check_close(test::f64(g.values(), {3}), {3, -3.5, 3.5});
}

TEST_CASE("clip: gradients of earlier steps do not count, and zero gradients stay zero") {
  Gradients g;
  g.arena.zero_grad();
  backward(sum(g.a * test::f64({3, -4}, {2})));
  CHECK(clip_by_norm(g.arena, 100).item() == doctest::Approx(5));
  g.arena.zero_grad();
  CHECK(clip_by_norm(g.arena, 1).item() == 0);
}

TEST_CASE("clip: limits must be positive") {
  Gradients g;
  CHECK(
      test::contains(test::error_of(ErrorKind::usage, [&] { clip_by_norm(g.arena, 0); }), "is 0"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { clip_by_value(g.arena, -1); }),
                       "is -1"));
}
