#include "framework/distributions/continuous.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/distributions/quadrature.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::f64;

Laplace laplace(double mean, double scale) { return {f64({mean}, {1}), f64({scale}, {1})}; }
Uniform uniform(double low, double high) { return {f64({low}, {1}), f64({high}, {1})}; }

}  // namespace

TEST_CASE("laplace: density, entropy and divergence against quadrature") {
  const test::Grid grid(-60, 60, 48000);
  const auto p = laplace(0.5, 1.5), q = laplace(-1, 0.8);
  test::check_close(p.log_prob(f64({3.5}, {1})), {-2 - std::log(3.0)});
  const auto log_p = p.log_prob(grid.points), log_q = q.log_prob(grid.points);
  CHECK(grid.integral(exp(log_p)) == doctest::Approx(1).epsilon(1e-5));
  CHECK(grid.integral(exp(log_p) * -log_p) == doctest::Approx(p.entropy().item()).epsilon(1e-5));
  CHECK(grid.integral(exp(log_p) * (log_p - log_q)) ==
        doctest::Approx(kl_divergence(p, q).item()).epsilon(1e-5));
  CHECK(kl_divergence(p, p).item() == doctest::Approx(0));
}

TEST_CASE("laplace: draws have mean and spread and are finite; gradients flow") {
  manual_seed(4);
  const auto x = laplace(2, 0.5).sample({20000});
  CHECK(mean(x).item() == doctest::Approx(2).epsilon(0.01));
  CHECK(variance(x).item() == doctest::Approx(2 * 0.25).epsilon(0.05));
  CHECK(mean(abs(x - 2.0)).item() == doctest::Approx(0.5).epsilon(0.03));
  CHECK(std::isfinite(max(abs(x)).item()));

  Tensor average = f64({0, 0}, {2}), scale = f64({1, 3}, {2});
  average.set_requires_grad();
  scale.set_requires_grad();
  const auto y = Laplace(average, scale).rsample();
  backward(sum(y));
  test::check_close(average.grad(), {1, 1});
  test::check_close(scale.grad() * scale, y.to_vector<double>());
}

TEST_CASE("uniform: density inside and outside, entropy, divergence") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto p = uniform(-1, 3);
  CHECK(p.log_prob(f64({0}, {1})).item() == doctest::Approx(-std::log(4.0)));
  CHECK(p.log_prob(f64({-1}, {1})).item() == doctest::Approx(-std::log(4.0)));
  CHECK(p.log_prob(f64({3}, {1})).item() == -infinity);
  CHECK(p.log_prob(f64({-1.5}, {1})).item() == -infinity);
  CHECK(p.entropy().item() == doctest::Approx(std::log(4.0)));
  CHECK(p.mean().item() == doctest::Approx(1));
  CHECK(kl_divergence(p, uniform(-2, 6)).item() == doctest::Approx(std::log(2.0)));
  CHECK(kl_divergence(p, p).item() == doctest::Approx(0));
  CHECK(kl_divergence(p, uniform(0, 6)).item() == infinity);
  CHECK(kl_divergence(p, uniform(-2, 2)).item() == infinity);
}

TEST_CASE("uniform: draws stay inside and fill the range; gradients flow") {
  manual_seed(6);
  const auto x = uniform(-1, 3).sample({10000});
  CHECK(min(x).item() >= -1);
  CHECK(max(x).item() < 3);
  CHECK(mean(x).item() == doctest::Approx(1).epsilon(0.05));
  CHECK(variance(x).item() == doctest::Approx(16.0 / 12).epsilon(0.05));
  Tensor low = f64({0}, {1}), high = f64({2}, {1});
  low.set_requires_grad();
  high.set_requires_grad();
  const auto y = Uniform(low, high).rsample();
  backward(sum(y));
  CHECK(high.grad().item() == doctest::Approx(y.item() / 2));
  CHECK(low.grad().item() == doctest::Approx(1 - y.item() / 2));
}
