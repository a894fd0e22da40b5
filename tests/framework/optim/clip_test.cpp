#include "framework/optim/clip.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

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

TEST_CASE("clip: norms beyond the squares of the dtype") {
  constexpr double f32_least = 1e-30, f64_most = 3e300;
  const auto clipped = [](Tensor w, const Tensor& gradient, double limit) {
    ParameterArena arena({w.set_requires_grad()});
    w.set_grad(gradient);
    const double norm = clip_by_norm(arena, limit).item();
    return std::pair(norm, w.grad());
  };
  const auto [big, scaled] = clipped(test::f32({0, 0}, {2}), test::f32({3e25F, 4e25F}, {2}), 1);
  CHECK(big == doctest::Approx(5e25));
  test::check_close(scaled, {0.6, 0.8});
  const auto [wide, halved] =
      clipped(test::f64({0, 0}, {2}), test::f64({f64_most, -f64_most}, {2}), f64_most);
  CHECK(wide / f64_most == doctest::Approx(std::sqrt(2)));
  CHECK(halved.to_vector<double>()[1] / f64_most == doctest::Approx(-std::sqrt(0.5)));
  const auto [small, kept] = clipped(test::f32({0, 0}, {2}), test::f32({3e-30F, 4e-30F}, {2}), 1);
  CHECK(small / f32_least == doctest::Approx(5));
  CHECK(kept.to_vector<float>()[1] == 4e-30F);
}

TEST_CASE("clip: finite gradients stay finite beside those that are not") {
  constexpr float infinity = std::numeric_limits<float>::infinity(), most = 3e38F;
  const auto clipped = [](const std::vector<float>& gradient) {
    const Shape shape{static_cast<std::int64_t>(gradient.size())};
    Tensor w = Tensor::zeros(shape);
    ParameterArena arena({w.set_requires_grad()});
    w.set_grad(test::f32(gradient, shape));
    const double norm = clip_by_norm(arena, 1).item();
    return std::pair(norm, w.grad().to_vector<float>());
  };
  const auto [lost, beside_nan] = clipped({std::nanf(""), 1});
  CHECK(std::isnan(lost));
  CHECK(beside_nan[1] == 1);
  const auto [infinite, beside_infinity] = clipped({infinity, 1});
  CHECK(std::isinf(infinite));
  CHECK(beside_infinity[1] == 0);
  const auto [beyond, all] = clipped(std::vector<float>(16, most));
  CHECK(std::isinf(beyond));
  CHECK(all == std::vector<float>(16, 0));
}

TEST_CASE("clip: limits must be positive") {
  Gradients g;
  CHECK(
      test::contains(test::error_of(ErrorKind::usage, [&] { clip_by_norm(g.arena, 0); }), "is 0"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { clip_by_value(g.arena, -1); }),
                       "is -1"));
}
