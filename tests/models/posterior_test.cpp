#include "models/vae/posterior.h"

#include <cmath>

#include "framework/distributions/multivariate_normal.h"
#include "framework/losses/kl.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

constexpr std::int64_t latent = 4;

/// An encoder's output for `count` images.
Tensor outputs(Covariance covariance, std::int64_t count) {
  manual_seed(8);
  return randn({count, posterior_parameters(covariance, latent)}) * 0.7;
}

/// The same distribution with a full covariance: mean and Cholesky factor.
MultivariateNormal full(Covariance covariance, const Tensor& raw) {
  const std::int64_t count = raw.size(0);
  const auto values = raw.to_vector<float>();
  const auto width = static_cast<std::size_t>(raw.size(1));
  std::vector<float> factor(static_cast<std::size_t>(count * latent * latent), 0);
  for (std::int64_t n = 0; n < count; ++n) {
    const float* row = values.data() + static_cast<std::size_t>(n) * width;
    const float* below = row + 2 * latent;
    for (std::int64_t i = 0; i < latent; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        auto& entry = factor[static_cast<std::size_t>((n * latent + i) * latent + j)];
        const float logvar = covariance == Covariance::isotropic ? row[latent] : row[latent + i];
        if (i == j) entry = std::exp(0.5F * logvar);
        if (i != j && covariance == Covariance::full) entry = *below++;
      }
  }
  return {raw.slice(1, 0, latent),
          Tensor::from(std::span<const float>(factor), {count, latent, latent})};
}

void check_close(const Tensor& got, const Tensor& want) {
  REQUIRE(got.shape() == want.shape());
  CHECK(max(abs(got - want)).item() < 2e-4);
}

}  // namespace

TEST_CASE("every covariance agrees with the general Gaussian of the same factor") {
  for (const auto covariance : {Covariance::diagonal, Covariance::isotropic, Covariance::full}) {
    CAPTURE(static_cast<int>(covariance));
    const Tensor raw = outputs(covariance, 5);
    const Posterior q(covariance, latent, raw);
    const MultivariateNormal general = full(covariance, raw);
    check_close(q.mean(), general.mean());
    check_close(q.variance(), general.covariance().diagonal());
    const Tensor z = randn({3, 5, latent});
    check_close(q.log_prob(z), general.log_prob(z));

    // The KL by the formula for any pair of Gaussians.
    const Tensor zero = Tensor::zeros({5, latent});
    const Tensor unit = Tensor::eye(latent).unsqueeze(0).expand({5, latent, latent});
    check_close(q.kl(), kl_full(general.mean(), general.factor(), zero, unit));
    if (covariance == Covariance::full)
      CHECK(sum(q.kl_per_dimension()).item() < sum(q.kl()).item());
    else
      check_close(sum(q.kl_per_dimension(), {1}), q.kl());
  }
}

TEST_CASE("the KL of the prior with itself is 0, whatever the covariance") {
  for (const auto covariance : {Covariance::diagonal, Covariance::isotropic, Covariance::full}) {
    const Posterior q(covariance, latent,
                      Tensor::zeros({2, posterior_parameters(covariance, latent)}));
    CHECK(max(abs(q.kl())).item() == 0);
    CHECK(max(abs(q.kl_per_dimension())).item() == 0);
  }
}

TEST_CASE("draws have the mean and covariance that the posterior says") {
  for (const auto covariance : {Covariance::diagonal, Covariance::isotropic, Covariance::full}) {
    CAPTURE(static_cast<int>(covariance));
    const Tensor raw = outputs(covariance, 2);
    const Posterior q(covariance, latent, raw);
    const MultivariateNormal general = full(covariance, raw);
    constexpr std::int64_t count = 40000;
    const Tensor centred = q.sample(count) - general.mean();
    CHECK(max(abs(mean(centred, {0}))).item() < 0.05);
    for (std::int64_t n = 0; n < 2; ++n) {
      const Tensor one = centred.select(1, n);
      const Tensor covariance_of = matmul(one.transpose(), one) / static_cast<double>(count);
      CHECK(max(abs(covariance_of - general.covariance()[n])).item() < 0.12);
    }
    CHECK(q.sample().shape() == Shape{2, latent});
  }
}

TEST_CASE("one latent dimension works with every covariance") {
  for (const auto covariance : {Covariance::diagonal, Covariance::isotropic, Covariance::full}) {
    CHECK(posterior_parameters(covariance, 1) == 2);
    const Posterior q(covariance, 1, Tensor::from({1, 0}).reshape({1, 2}));
    CHECK(q.kl().item() == doctest::Approx(0.5));
    CHECK(q.sample(3).shape() == Shape{3, 1, 1});
  }
}

TEST_CASE("log variances of an encoder stay where their exp() is a number") {
  for (const auto covariance : {Covariance::diagonal, Covariance::isotropic, Covariance::full})
    for (const float extreme : {-1e4F, -200.F, 200.F, 1e4F}) {
      CAPTURE(extreme);
      const Tensor raw = Tensor::full({3, posterior_parameters(covariance, latent)}, extreme);
      const Posterior q(covariance, latent, raw);
      CHECK(min(q.logvar()).item() >= least_logvar);
      CHECK(max(q.logvar()).item() <= greatest_logvar);
      for (const Tensor& numbers : {q.kl(), q.sample(), q.variance()})
        CHECK(std::isfinite(sum(numbers).item()));
    }
}
