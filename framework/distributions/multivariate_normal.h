#pragma once

#include <cstdint>

#include "framework/distributions/distribution.h"
#include "framework/distributions/normal.h"

namespace varve {

/// A Gaussian over the last axis with any covariance L L'.
class MultivariateNormal : public ProbabilityDistribution {
 public:
  /// mean [..., d]; factor [..., d, d] lower triangular with a positive diagonal (Cholesky).
  MultivariateNormal(const Tensor& mean, const Tensor& factor);
  /// The same distribution as a diagonal Gaussian's.
  static MultivariateNormal diagonal(const Normal& normal);

  std::string_view name() const override { return "multivariate normal"; }
  Tensor log_prob(const Tensor& x) const override;
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  const Tensor& factor() const { return factor_; }
  Tensor covariance() const;
  std::int64_t dimensions() const { return mean_.size(-1); }

 private:
  Tensor mean_, factor_;
};

/// The general pair, see kl_full() in losses/kl.h: [...].
Tensor kl_divergence(const MultivariateNormal& p, const MultivariateNormal& q);

}  // namespace varve
