#include "framework/distributions/multivariate_normal.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/distributions/quadrature.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::f64;

MultivariateNormal first() { return {f64({0.5, -1}, {2}), f64({0.8, 0, 0.6, 1.1}, {2, 2})}; }
MultivariateNormal second() { return {f64({-0.3, 0.4}, {2}), f64({1.5, 0, -0.7, 1.2}, {2, 2})}; }

/// All points (x, y) of a square grid: [count^2, 2], and the area of a cell.
struct Plane {
  explicit Plane(double half, std::int64_t count) : axis(-half, half, count) {
    const Shape square{count, count};
    points = stack({axis.points.unsqueeze(1).expand(square), axis.points.expand(square)}, -1)
                 .reshape({count * count, 2});
  }
  double integral(const Tensor& values) const { return axis.integral(values) * axis.step; }

  test::Grid axis;
  Tensor points;
};

}  // namespace

TEST_CASE("multivariate normal: density by hand") {
  // Covariance ((4, 2), (2, 5)): determinant 16, inverse ((5, -2), (-2, 4)) / 16.
  const MultivariateNormal p(f64({1, 0}, {2}), f64({2, 0, 1, 2}, {2, 2}));
  test::check_close(p.covariance(), {4, 2, 2, 5});
  const double distance = (5 * 1 - 2 * 2 * 1 * -2 + 4 * 4) / 16.0;  // of (1, -2) from the mean
  test::check_close(p.log_prob(f64({2, -2}, {2})),
                    {-0.5 * distance - 0.5 * std::log(16.0) - std::log(2 * std::numbers::pi)});
}

TEST_CASE("multivariate normal: integrates to one; entropy and divergence by quadrature") {
  const Plane plane(9, 180);
  const auto p = first(), q = second();
  const auto log_p = p.log_prob(plane.points), log_q = q.log_prob(plane.points);
  CHECK(plane.integral(exp(log_p)) == doctest::Approx(1).epsilon(1e-6));
  CHECK(plane.integral(exp(log_p) * -log_p) == doctest::Approx(p.entropy().item()).epsilon(1e-6));
  CHECK(plane.integral(exp(log_p) * (log_p - log_q)) ==
        doctest::Approx(kl_divergence(p, q).item()).epsilon(1e-6));
  CHECK(kl_divergence(p, p).item() == doctest::Approx(0));
}

TEST_CASE("multivariate normal: diagonal and isotropic pairs are its special cases") {
  const auto mean0 = f64(test::wave(6), {2, 3}), mean1 = f64(test::wave(6, 1), {2, 3});
  const auto logvar0 = f64(test::wave(6, 2), {2, 3}), logvar1 = f64(test::wave(6, 3), {2, 3});
  const auto p = Normal::from_logvar(mean0, logvar0), q = Normal::from_logvar(mean1, logvar1);
  const auto full = kl_divergence(MultivariateNormal::diagonal(p), MultivariateNormal::diagonal(q));
  test::check_close(full, sum(kl_divergence(p, q), {-1}).to_vector<double>(), 1e-9);

  const auto width = f64({0.4, -0.9}, {2, 1});
  const IsotropicNormal r(mean0, width), unit(mean1 * 0, width * 0);
  const auto general =
      kl_divergence(MultivariateNormal::diagonal(Normal::from_logvar(mean0, width)),
                    MultivariateNormal::diagonal(Normal::standard({2, 3}, DType::f64)));
  test::check_close(general, kl_divergence(r, unit).to_vector<double>(), 1e-9);
}

TEST_CASE("multivariate normal: draws have mean and covariance, and gradients flow") {
  manual_seed(11);
  const auto p = first();
  const auto x = p.sample({20000});
  CHECK(x.shape() == Shape{20000, 2});
  test::check_close(mean(x, {0}), {0.5, -1}, 0.03);
  const auto centred = x - p.mean();
  test::check_close(matmul(centred.transpose(), centred) / 20000, {0.64, 0.48, 0.48, 1.57}, 0.03);

  const auto factor = test::leaf({0.8, 0, 0.6, 1.1}, {2, 2});
  const auto average = test::leaf({0.5, -1}, {2});
  const auto result = gradcheck(
      [](const Tensors& in) {
        return kl_divergence(MultivariateNormal(in[0], in[1]), second()) + second().log_prob(in[0]);
      },
      {average, factor});
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("multivariate normal: shapes must fit") {
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [] {
                                        MultivariateNormal(Tensor::ones({3}), Tensor::ones({2, 2}));
                                      }),
                       "(2, 2)"));
}
