#include "framework/statistics/pca.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/philox.h"

using varve::Array;
using varve::DType;
using varve::principal_components;

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

TEST_CASE("principal_components of fewer examples than features: the same axes") {
  // 20 points in 12 dimensions, and the same with zeros behind, in 50.
  varve::PhiloxStream stream(3, 4);
  std::vector<float> tall, wide;
  for (int i = 0; i < 20; ++i) {
    std::vector<float> point(12);
    for (int j = 0; j < 12; ++j)
      point[static_cast<std::size_t>(j)] = stream.normal() * static_cast<float>(1 + (j * 5) % 12);
    tall.insert(tall.end(), point.begin(), point.end());
    point.resize(50, 0);
    wide.insert(wide.end(), point.begin(), point.end());
  }
  const auto a = principal_components(Array::of<float>({20, 12}, tall), 5);
  const auto b = principal_components(Array::of<float>({20, 50}, wide), 5);
  for (std::size_t k = 0; k < 5; ++k) {
    CHECK(b.share[k] == doctest::Approx(a.share[k]));
    for (std::size_t j = 0; j < 50; ++j)
      CHECK(b.components.as<double>()[k * 50 + j] ==
            doctest::Approx(j < 12 ? a.components.as<double>()[k * 12 + j] : 0).scale(1e-3));
  }
  // More axes than the points span: they are orthonormal all the same.
  const auto all = principal_components(Array::of<float>({20, 50}, wide), 25);
  const auto axes = all.components.as<double>();
  for (std::size_t i = 0; i < 25; ++i)
    for (std::size_t j = 0; j < 25; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < 50; ++k) product += axes[i * 50 + k] * axes[j * 50 + k];
      CHECK(product == doctest::Approx(i == j ? 1 : 0).scale(1));
    }
}

TEST_CASE("principal_components checks what it is given") {
  CHECK_THROWS_AS(principal_components(Array::zeros({5, 2}, DType::f32), 3), varve::Error);
  CHECK_THROWS_AS(principal_components(Array::zeros({5, 2}, DType::f32), 0), varve::Error);
  CHECK_THROWS_AS(principal_components(Array::zeros({0, 2}, DType::f32), 1), varve::Error);
  CHECK_THROWS_AS(principal_components(Array::zeros({5}, DType::f32), 1), varve::Error);
}
