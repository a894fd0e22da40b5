#include "framework/statistics/frechet.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/core/philox.h"

using namespace varve;

TEST_CASE("one dimension: (m0 - m1)^2 + (s0 - s1)^2") {
  const std::vector<double> m0{1}, m1{4};
  CHECK(frechet_distance(m0, Matrix(1, 1, 4), m1, Matrix(1, 1, 25)) == doctest::Approx(9 + 9));
}

TEST_CASE("covariances that commute: sum of (sqrt a_i - sqrt b_i)^2, turned or not") {
  const double c = std::cos(0.3), s = std::sin(0.3);
  const auto turned = [&](double a, double b) {
    Matrix out(2, 2);
    out.values = {c * c * a + s * s * b, c * s * (a - b), c * s * (a - b), s * s * a + c * c * b};
    return out;
  };
  const std::vector<double> zero{0, 0};
  CHECK(frechet_distance(zero, turned(4, 9), zero, turned(1, 16)) == doctest::Approx(1 + 1));
  CHECK(frechet_distance(zero, turned(4, 0), zero, turned(0, 9)) == doctest::Approx(4 + 9));
}

TEST_CASE("covariances that do not commute, by the closed form of two dimensions") {
  // tr (A B)^1/2 = sqrt(tr AB + 2 sqrt(det AB)) for 2 x 2.
  Matrix a(2, 2), b(2, 2);
  a.values = {3, 1, 1, 2};
  b.values = {1, -0.5, -0.5, 4};
  const double trace = 3 * 1 + 1 * -0.5 + 1 * -0.5 + 2 * 4;
  const double root = std::sqrt(trace + 2 * std::sqrt(5 * 3.75));
  const std::vector<double> m0{1, 0}, m1{0, 2};
  CHECK(frechet_distance(m0, a, m1, b) == doctest::Approx(5 + 5 + 5 - 2 * root));
  CHECK(frechet_distance(m1, b, m0, a) == doctest::Approx(frechet_distance(m0, a, m1, b)));
}

TEST_CASE("a set of samples is at distance 0 from itself, and two draws nearly so") {
  PhiloxStream rng(1, 0);
  Matrix a(4000, 3), b(4000, 3), moved(4000, 3);
  for (auto& x : a.values) x = rng.normal();
  for (auto& x : b.values) x = rng.normal();
  moved = b;
  for (auto& x : moved.values) x = 2 * x + 1;
  CHECK(frechet_distance(a, a) == doctest::Approx(0).epsilon(1e-9));
  CHECK(frechet_distance(a, b) < 0.01);
  CHECK(frechet_distance(a, moved) == doctest::Approx(3 * (1 + 1)).epsilon(0.05));
}

TEST_CASE("sizes must agree") {
  const std::vector<double> two{0, 0}, three{0, 0, 0};
  CHECK_THROWS_AS(frechet_distance(two, Matrix(2, 2), three, Matrix(3, 3)), Error);
}
