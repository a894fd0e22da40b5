#include "models/evaluation/likelihood.h"

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

/// log N(x; mean, variance), elementwise.
Tensor log_normal(const Tensor& x, const Tensor& mean, double variance) {
  return square(x - mean) * (-0.5 / variance) - 0.5 * std::log(2 * std::numbers::pi * variance);
}

/// z ~ N(0, 1), x ~ N(z, 1), so that p(x) = N(0, 2) and p(z|x) = N(x / 2, 1 / 2); q has another
/// variance.
void make_linear_gaussian(Toy& model, double q_variance) {
  model.weights = [q_variance](const Tensor& images, std::int64_t samples) {
    const Tensor x = images.reshape({-1, 1});
    const Tensor mean = x / 2;
    const Tensor z = mean + randn({x.size(0), samples}) * std::sqrt(q_variance);
    return log_normal(x, z, 1) + log_normal(z, Tensor::scalar(0), 1) -
           log_normal(z, mean, q_variance);
  };
}

double exact_nll(const Dataset& data) {
  double sum = 0;
  float x = 0;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    data.read(i, std::span<float>(&x, 1));
    sum += 0.25 * x * x + 0.5 * std::log(4 * std::numbers::pi);
  }
  return sum / static_cast<double>(data.size());
}

}  // namespace

TEST_CASE("with the exact posterior the bound is exact, for one sample already") {
  Toy model(1, 1);
  make_linear_gaussian(model, 0.5);
  const auto data = normal_images(100, 1, 1);
  auto loader = in_order(data, 32);
  const Bound bound = importance_weighted_bound(model, loader);
  CHECK(bound.images == 100);
  CHECK(bound.nll == doctest::Approx(exact_nll(*data)).epsilon(1e-5));
  CHECK(bound.negative_elbo == doctest::Approx(bound.nll).epsilon(1e-6));
}

TEST_CASE("-ELBO >= bound of 5 >= bound of 50 >= bound of 2000 >= -log p(x)") {
  Toy model(1, 1);
  make_linear_gaussian(model, 1.5);
  const auto data = normal_images(400, 1, 2);
  auto loader = in_order(data, 128);
  const double exact = exact_nll(*data);
  double before = HUGE_VAL;
  for (const std::int64_t k : {1, 5, 50, 2000}) {
    CAPTURE(k);
    manual_seed(4);
    const Bound bound = importance_weighted_bound(model, loader, {.samples = k});
    CHECK(bound.nll < before);
    CHECK(bound.nll > exact - 0.01);
    if (k == 1) CHECK(bound.nll == doctest::Approx(bound.negative_elbo).epsilon(1e-12));
    // -ELBO = -log p(x) + KL(q || p(z|x)) = ... + 1/2 (v / 0.5 - 1 - log(v / 0.5)), v = 1.5.
    if (k == 2000) {
      CHECK(bound.negative_elbo == doctest::Approx(exact + 1 - std::log(3) / 2).epsilon(0.01));
      CHECK(bound.nll == doctest::Approx(exact).epsilon(0.005));
    }
    before = bound.nll;
  }
}

TEST_CASE("the running sum over chunks is one logsumexp over all samples") {
  // Weights that count up over all calls, far beyond what exp() takes.
  const auto run = [](std::int64_t values_at_once, std::int64_t& calls) {
    Toy model(1, 1);
    std::int64_t drawn = 0;
    model.weights = [&](const Tensor& images, std::int64_t samples) {
      const std::int64_t batch = images.size(0);
      std::vector<float> values;
      for (std::int64_t n = 0; n < batch; ++n)
        for (std::int64_t i = 0; i < samples; ++i)
          values.push_back(static_cast<float>(-1000 * n + 500 * ((drawn + i) % 3) + (drawn + i)));
      drawn = (drawn + samples) % 7;
      ++calls;
      return Tensor::from(std::span<const float>(values), {batch, samples});
    };
    auto loader = in_order(normal_images(6, 1, 1), 3);
    return importance_weighted_bound(model, loader,
                                     {.samples = 7, .values_at_once = values_at_once});
  };
  std::int64_t whole = 0, parts = 0;
  const Bound at_once = run(1 << 20, whole);
  const Bound chunked = run(6, parts);
  CHECK(whole == 2);
  CHECK(parts == 8);
  CHECK(at_once.nll == doctest::Approx(chunked.nll).epsilon(1e-12));
  CHECK(at_once.negative_elbo == doctest::Approx(chunked.negative_elbo).epsilon(1e-12));
  // Of the first image: the largest weights are 1002 and 1005; the others are 500 less. Means over
  // images 0, -1000, -2000 below.
  const double first = 1005 + std::log1p(std::exp(-3)) - std::log(7);
  CHECK(at_once.nll == doctest::Approx(-(first - 1000)).epsilon(1e-9));
  CHECK(at_once.standard_error == doctest::Approx(std::sqrt(4e6 / 5 / 6)));
}

TEST_CASE("a part of the images, and the same numbers for the same seed") {
  Toy model(1, 1);
  make_linear_gaussian(model, 1);
  auto loader = in_order(normal_images(50, 1, 3), 16);
  const auto run = [&](std::uint64_t seed) {
    manual_seed(seed);
    return importance_weighted_bound(model, loader, {.samples = 4, .limit = 20});
  };
  const Bound bound = run(1);
  CHECK(bound.images == 20);
  CHECK(bound.samples == 4);
  CHECK(bound.standard_error > 0);
  CHECK(run(1).nll == bound.nll);
  CHECK(run(2).nll != bound.nll);
}

TEST_CASE("no bound, no samples, no numbers") {
  Toy model(1, 1);
  auto loader = in_order(normal_images(4, 1, 1));
  CHECK_THROWS_WITH_AS(importance_weighted_bound(model, loader), doctest::Contains("train a vae"),
                       Error);
  make_linear_gaussian(model, 1);
  CHECK_THROWS_AS(importance_weighted_bound(model, loader, {.samples = 0}), Error);
  model.weights = [](const Tensor& images, std::int64_t samples) {
    return Tensor::full({images.size(0), samples}, NAN);
  };
  CHECK_THROWS_WITH_AS(importance_weighted_bound(model, loader), doctest::Contains("not a number"),
                       Error);
}
