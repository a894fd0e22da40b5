#include "backends/cpu/pca.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/philox.h"

using varve::Array;
using varve::DType;
using varve::cpu::principal_components;

TEST_CASE("principal_components finds the axes of a stretched cloud") {
  // Axes (3, 4, 0) / 5 with deviation 3, (4, -3, 0) / 5 with 1, and nothing along the third.
  varve::PhiloxStream stream(1, 2);
  std::vector<float> points;
  for (int i = 0; i < 4000; ++i) {
    const float a = 3 * stream.normal();
    const float b = stream.normal();
    points.insert(points.end(), {0.6F * a + 0.8F * b + 10, 0.8F * a - 0.6F * b - 7, 2.5F});
  }
  const auto pca = principal_components(Array::of<float>({4000, 3}, points), 3);
  const auto axes = pca.components.as<double>();
  CHECK(axes[0] == doctest::Approx(0.6).epsilon(0.02));
  CHECK(axes[1] == doctest::Approx(0.8).epsilon(0.02));
  CHECK(axes[3] == doctest::Approx(0.8).epsilon(0.02));
  CHECK(axes[4] == doctest::Approx(-0.6).epsilon(0.02));
  CHECK(std::abs(axes[8]) == doctest::Approx(1));
  CHECK(pca.share[0] == doctest::Approx(0.9).epsilon(0.02));
  CHECK(pca.share[1] == doctest::Approx(0.1).epsilon(0.1));
  CHECK(pca.share[2] == doctest::Approx(0));
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      double product = 0;
      for (int k = 0; k < 3; ++k)
        product +=
            axes[static_cast<std::size_t>(3 * i + k)] * axes[static_cast<std::size_t>(3 * j + k)];
      CHECK(product == doctest::Approx(i == j ? 1 : 0));
    }
}

TEST_CASE("principal_components of points that are all one, and of one point") {
  for (const std::int64_t count : {1, 5}) {
    const auto pca = principal_components(Array::zeros({count, 4}, DType::f32), 2);
    CHECK(pca.share == std::vector<double>{0, 0});
    CHECK(pca.components.shape == varve::Shape{2, 4});
  }
}

TEST_CASE("principal_components checks what it is given") {
  CHECK_THROWS_AS(principal_components(Array::zeros({5, 2}, DType::f32), 3), varve::Error);
  CHECK_THROWS_AS(principal_components(Array::zeros({5, 2}, DType::f32), 0), varve::Error);
  CHECK_THROWS_AS(principal_components(Array::zeros({0, 2}, DType::f32), 1), varve::Error);
  CHECK_THROWS_AS(principal_components(Array::zeros({5}, DType::f32), 1), varve::Error);
}
