#include "framework/distributions/normal.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/distributions/quadrature.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::f64;

const double log_two_pi = std::log(2 * std::numbers::pi);

Normal one(double mean, double deviation) { return {f64({mean}, {1}), f64({deviation}, {1})}; }

}  // namespace

TEST_CASE("normal: log density, entropy and moments in closed form") {
  const Normal p(f64({0, 1}, {2}), f64({1, 3}, {2}));
  test::check_close(p.log_prob(f64({0.5, -2}, {2})),
                    {-0.125 - 0.5 * log_two_pi, -0.5 - std::log(3.0) - 0.5 * log_two_pi});
  test::check_close(p.entropy(), {0.5 * (1 + log_two_pi), 0.5 * (1 + log_two_pi) + std::log(3.0)});
  test::check_close(p.standard_deviation(), {1, 3});
  test::check_close(
      Normal::from_logvar(f64({2}, {1}), f64({std::log(9.0)}, {1})).log_prob(f64({5}, {1})),
      {-0.5 - std::log(3.0) - 0.5 * log_two_pi});
  test::check_close(Normal::standard({2}, DType::f64).log_prob(f64({0, 2}, {2})),
                    {-0.5 * log_two_pi, -2 - 0.5 * log_two_pi});
}

TEST_CASE("normal: densities integrate to one, and the entropy is what it means") {
  const test::Grid grid(-30, 30, 6000);
  const auto p = one(1, 2.5);
  const auto log_p = p.log_prob(grid.points);
  CHECK(grid.integral(exp(log_p)) == doctest::Approx(1));
  CHECK(grid.integral(exp(log_p) * -log_p) == doctest::Approx(p.entropy().item()));
}

TEST_CASE("normal: the divergence of a pair agrees with quadrature; of equals it is 0") {
  const test::Grid grid(-40, 40, 8000);
  const auto p = one(-1, 0.7), q = one(2, 3);
  const auto log_p = p.log_prob(grid.points), log_q = q.log_prob(grid.points);
  CHECK(kl_divergence(p, q).item() == doctest::Approx(grid.integral(exp(log_p) * (log_p - log_q))));
  CHECK(kl_divergence(q, p).item() == doctest::Approx(grid.integral(exp(log_q) * (log_q - log_p))));
  CHECK(kl_divergence(p, p).item() == doctest::Approx(0));
}

TEST_CASE("normal: draws have the right moments, and gradients flow through rsample alone") {
  manual_seed(5);
  Tensor mean = f64({1, -2}, {2}), logvar = f64({0, std::log(4.0)}, {2});
  mean.set_requires_grad();
  logvar.set_requires_grad();
  const auto p = Normal::from_logvar(mean, logvar);
  const auto x = p.sample({20000});
  CHECK(x.shape() == Shape{20000, 2});
  CHECK_FALSE(x.requires_grad());
  test::check_close(varve::mean(x, {0}), {1, -2}, 0.03);
  test::check_close(variance(x, {0}), {1, 4}, 0.03);

  const auto y = p.rsample();
  backward(sum(y));
  test::check_close(mean.grad(), {1, 1});
  // d y / d logvar = (y - mean) / 2.
  const auto noise = ((y - mean) * 0.5).to_vector<double>();
  test::check_close(logvar.grad(), noise);
}

TEST_CASE("isotropic normal: is the diagonal one with equal variances") {
  const auto mean = f64(test::wave(6), {2, 3}), logvar = f64({-0.3, 0.8}, {2, 1});
  const auto x = f64(test::wave(6, 2), {2, 3});
  const IsotropicNormal p(mean, logvar);
  const auto same = Normal::from_logvar(mean, logvar);
  test::check_close(p.log_prob(x), sum(same.log_prob(x), {-1}).to_vector<double>());
  test::check_close(p.entropy(), sum(same.entropy(), {-1}).to_vector<double>());
  const auto mean1 = f64(test::wave(6, 1), {2, 3}), logvar1 = f64({0.5, 0.1}, {2, 1});
  test::check_close(
      kl_divergence(p, IsotropicNormal(mean1, logvar1)),
      sum(kl_divergence(same, Normal::from_logvar(mean1, logvar1)), {-1}).to_vector<double>());
  CHECK(p.rsample({4}).shape() == Shape{4, 2, 3});
}

TEST_CASE("isotropic normal: needs one variance a row") {
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [] {
                                        IsotropicNormal(Tensor::ones({2, 3}), Tensor::ones({2, 3}));
                                      }),
                       "(2, 1)"));
  CHECK(test::contains(
      test::error_of(ErrorKind::usage, [] { IsotropicNormal(Tensor::ones({}), Tensor::ones({})); }),
      "scalar"));
}
