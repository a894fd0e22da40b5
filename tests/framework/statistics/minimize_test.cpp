#include "framework/statistics/minimize.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace varve;

TEST_CASE("an ill-conditioned quadratic form") {
  const std::vector<double> scale{1, 10, 1000, 1e-2};
  const auto f = [&](std::span<const double> x, std::span<double> g) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double off = x[i] - static_cast<double>(i);
      value += scale[i] * off * off / 2;
      g[i] = scale[i] * off;
    }
    return value;
  };
  const auto found = minimize(f, {5, 5, 5, 5}, {.tolerance = 1e-9});
  CHECK(found.converged);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(found.x[i] == doctest::Approx(static_cast<double>(i)).epsilon(1e-5));
}

TEST_CASE("a start in the minimum stays there; a limit of iterations is kept") {
  const auto f = [](std::span<const double> x, std::span<double> g) {
    g[0] = 2 * (x[0] - 1);
    return (x[0] - 1) * (x[0] - 1);
  };
  CHECK(minimize(f, {1}).iterations == 0);
  const auto cosh = [](std::span<const double> x, std::span<double> g) {
    g[0] = std::sinh(x[0] - 3);
    return std::cosh(x[0] - 3);
  };
  const auto cut = minimize(cosh, {-3}, {.iterations = 1});
  CHECK(cut.iterations == 1);
  CHECK_FALSE(cut.converged);
  CHECK(minimize(cosh, {-3}).x[0] == doctest::Approx(3).epsilon(1e-6));
}
