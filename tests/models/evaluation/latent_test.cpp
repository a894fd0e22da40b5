#include "models/evaluation/latent.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "framework/core/error.h"
#include "framework/tensor/random.h"
#include "tests/models/evaluation/toy.h"

using namespace varve;
using namespace varve::evaluation;
using varve::test::in_order;
using varve::test::normal_images;
using varve::test::Toy;

namespace {

Matrix normal_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed, double scale = 1) {
  PhiloxStream rng(seed, 0);
  Matrix out(rows, columns);
  for (auto& value : out.values) value = scale * rng.normal();
  return out;
}

}  // namespace

TEST_CASE("active units are those whose means vary") {
  Matrix mean = normal_matrix(2000, 3, 1);
  for (std::size_t r = 0; r < mean.rows; ++r) {
    mean(r, 1) = 5 + 0.05 * mean(r, 1);  // variance 0.0025
    mean(r, 2) = 0.2 * mean(r, 2);       // variance 0.04
  }
  CHECK(active_units(mean) == 2);
  CHECK(used_dimensions(mean) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("KL of moments is the closed form") {
  Matrix mean(2, 2), variance(2, 2, 1);
  mean.values = {1, 0, -3, 0};
  variance(0, 0) = variance(1, 0) = 0.25;
  const auto kl = kl_of_moments(mean, variance);
  CHECK(kl[0] == doctest::Approx((5 + 0.25 - 1 - std::log(0.25)) / 2));
  CHECK(kl[1] == 0);
  CHECK_THROWS_AS(kl_of_moments(mean, Matrix(2, 1)), Error);
}

TEST_CASE("the hole rate is 1 % when prior and codes are alike, whatever the dimension") {
  for (const std::size_t d : {1U, 2U, 10U}) {
    CAPTURE(d);
    const auto holes =
        find_holes(normal_matrix(2000, d, 1), normal_matrix(2000, d, 2), normal_matrix(2000, d, 3));
    CHECK(holes.rate < 0.03);
    CHECK(holes.distance > 0);
  }
}

TEST_CASE("the hole rate is the part of the prior that no code reaches") {
  // Codes on the right half of the plane only; half of the samples lie on the left.
  Matrix codes = normal_matrix(4000, 2, 1);
  for (std::size_t r = 0; r < codes.rows; ++r) codes(r, 0) = std::abs(codes(r, 0));
  Matrix a(2000, 2), b(2000, 2);
  std::copy_n(codes.values.begin(), 4000, a.values.begin());
  std::copy_n(codes.values.begin() + 4000, 4000, b.values.begin());
  const double rate = find_holes(a, b, normal_matrix(4000, 2, 5)).rate;
  CHECK(rate > 0.25);  // those close to the border are near enough
  CHECK(rate < 0.5);
  // Codes far from the prior: all of it is one hole.
  for (auto* part : {&a, &b})
    for (auto& value : part->values) value += 50;
  CHECK(find_holes(a, b, normal_matrix(1000, 2, 6)).rate == 1);
}

TEST_CASE("continuity: a linear decoder 1, a jump 1 / T, a detour between") {
  const Matrix from = normal_matrix(5, 2, 1);
  const Matrix to = normal_matrix(5, 2, 2);
  const auto pixels = [](const Matrix& codes, auto f) {
    Array out = Array::zeros({static_cast<std::int64_t>(codes.rows), 2}, DType::f32);
    for (std::size_t r = 0; r < codes.rows; ++r) {
      const auto [x, y] = f(codes(r, 0), codes(r, 1), r);
      out.as<float>()[2 * r] = static_cast<float>(x);
      out.as<float>()[2 * r + 1] = static_cast<float>(y);
    }
    return out;
  };
  using Pair = std::pair<double, double>;
  const auto linear = [&](const Matrix& z) {
    return pixels(z, [](double a, double b, std::size_t) { return Pair{3 * a - b, a + 1}; });
  };
  CHECK(continuity(linear, from, to) == doctest::Approx(1).epsilon(1e-5));
  const auto jump = [&](const Matrix& z) {
    return pixels(z, [](double, double, std::size_t t) { return Pair{t < 7 ? 0 : 1, 0}; });
  };
  CHECK(continuity(jump, from, to, 16) == doctest::Approx(1.0 / 16));
  // Half a circle: the ends are 2 apart, the way between them pi.
  const auto detour = [&](const Matrix& z) {
    return pixels(z, [](double, double, std::size_t t) {
      const double angle = std::numbers::pi * static_cast<double>(t) / 64;
      return Pair{std::cos(angle), std::sin(angle)};
    });
  };
  CHECK(continuity(detour, from, to, 64) == doctest::Approx(2 / std::numbers::pi).epsilon(1e-3));
  const auto still = [&](const Matrix& z) {
    return pixels(z, [](double, double, std::size_t) { return Pair{1, 1}; });
  };
  CHECK(std::isnan(continuity(still, from, to)));
}

TEST_CASE("completeness and sureness are shares against a quantile of what is real") {
  std::vector<double> real;
  for (int i = 1; i <= 100; ++i) real.push_back(i);
  CHECK(completeness(real, real) == doctest::Approx(0.95));
  CHECK(completeness(real, std::vector<double>{94, 95, 96, 200}) == doctest::Approx(0.5));
  CHECK(sure_share(real, real) == doctest::Approx(0.96).epsilon(0.011));
  CHECK(sure_share(real, std::vector<double>{1, 2, 50, 100}) == doctest::Approx(0.5));
}

TEST_CASE(
    "class areas: the ellipse of two dimensions, and a ratio that dimensions do not blow up") {
  Matrix codes = normal_matrix(4000, 2, 1);
  std::vector<int> labels;
  for (std::size_t r = 0; r < codes.rows; ++r) {
    labels.push_back(static_cast<int>(r % 2));
    if (r % 2 == 1) codes(r, 0) = 10 + 3 * codes(r, 0), codes(r, 1) *= 2;
  }
  const auto areas = class_log_areas(codes, labels, 3);
  CHECK(areas[0] == doctest::Approx(0).epsilon(0.1));
  CHECK(areas[1] == doctest::Approx(std::log(6)).epsilon(0.1));  // 2 deviations: sqrt(9 4)
  CHECK(std::isnan(areas[2]));
}

TEST_CASE("the total correlation of a Gaussian is -1/2 log(1 - rho^2)") {
  Matrix codes = normal_matrix(20000, 2, 1);
  CHECK(gaussian_total_correlation(codes) == doctest::Approx(0).epsilon(0.001));
  for (std::size_t r = 0; r < codes.rows; ++r) codes(r, 1) = 0.8 * codes(r, 0) + 0.6 * codes(r, 1);
  CHECK(gaussian_total_correlation(codes) ==
        doctest::Approx(-0.5 * std::log(1 - 0.64)).epsilon(0.03));
}

TEST_CASE("codes are collected with their moments, draws and labels") {
  std::vector<int> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i % 3);
  const auto data = normal_images(100, 3, 1, labels);
  auto loader = in_order(data, 32);
  Toy model(2, 3);
  model.posterior_variance = 0.25;
  const Codes codes = collect_codes(model, loader, 70);
  CHECK(codes.mean.rows == 70);
  CHECK(codes.mean.columns == 2);
  CHECK(codes.labels == std::vector<int>(labels.begin(), labels.begin() + 70));
  std::vector<float> pixels(3);
  data->read(69, pixels);
  CHECK(codes.mean(69, 1) == doctest::Approx(pixels[1]));
  CHECK(codes.variance(69, 1) == doctest::Approx(0.25));
  CHECK(codes.draw(69, 1) != codes.mean(69, 1));
  // The same noise again, and whole batches in its absence.
  CHECK(collect_codes(model, loader, 70).draw.values == codes.draw.values);
  model.posterior_variance = 0;
  CHECK(collect_codes(model, loader).variance.rows == 0);
  CHECK(collect_codes(model, loader).draw.rows == 100);
}

TEST_CASE("figures of a model whose codes are its prior, and of one that lies beside it") {
  auto loader = in_order(normal_images(3000, 3, 1));
  Toy model(2, 3);
  model.prior_draw = [](std::int64_t count) { return randn({count, 2}); };
  const auto good = latent_figures(model, collect_codes(model, loader));
  CHECK(good.used == 2);
  CHECK_FALSE(good.fitted_prior);
  CHECK(good.holes.rate < 0.03);
  CHECK(good.continuity == doctest::Approx(1).epsilon(1e-3));  // the decoder is linear
  CHECK(good.completeness == 1);                               // and the round trip exact
  CHECK(std::abs(good.mean[0]) < 0.1);
  CHECK(good.deviation[0] == doctest::Approx(1).epsilon(0.1));
  CHECK(good.low[0] < -2);
  CHECK(good.high[0] > 2);
  CHECK(good.class_log_area.empty());
  CHECK_FALSE(good.class_area_ratio);

  model.prior_draw = [](std::int64_t count) { return randn({count, 2}) + 20; };
  CHECK(latent_figures(model, collect_codes(model, loader)).holes.rate == 1);
}

TEST_CASE("what decodes to something else does not come back") {
  // Samples beyond 0 are decoded as if they were at 0.
  auto loader = in_order(normal_images(2000, 2, 1));
  Toy model(1, 2);
  model.prior_draw = [](std::int64_t count) { return randn({count, 1}) + 1; };
  model.decoder = [](const Tensor& codes) {
    return pad(minimum(codes, Tensor::scalar(3)), {0, 0}, {0, 1}).reshape({-1, 1, 2, 1});
  };
  const auto figures = latent_figures(model, collect_codes(model, loader));
  // P(z > 3) for z ~ N(1, 1) is 0.0228.
  CHECK(figures.completeness < 0.99);
  CHECK(figures.completeness > 0.95);
}

TEST_CASE("without a prior, a Gaussian fitted to the codes stands in") {
  auto loader = in_order(normal_images(1000, 2, 1));
  Toy model(2, 2);
  const auto figures = latent_figures(model, collect_codes(model, loader));
  CHECK(figures.fitted_prior);
  CHECK(figures.holes.rate < 0.05);
  CHECK_THROWS_AS(latent_figures(model, collect_codes(model, loader, 10)), Error);
}

TEST_CASE("codes of thousands of dimensions are refused, not computed for an hour") {
  Toy model(600, 600);
  auto loader = in_order(normal_images(20, 600, 1));
  CHECK_THROWS_WITH_AS(latent_figures(model, collect_codes(model, loader)),
                       doctest::Contains("512"), Error);
}
