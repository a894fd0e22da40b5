#pragma once

#include <cstdint>

#include "framework/distributions/distribution.h"
#include "framework/distributions/normal.h"

namespace varve {

/// A Gaussian over the last axis with any covariance L L'.
class MultivariateNormal : public ProbabilityDistribution {
 public:
  /// mean [..., d]; factor [..., d, d], the Cholesky factor L. What stands above its diagonal is
  /// ignored. ErrorKind::usage for other shapes, and if the diagonal is not above 0 throughout (see
  /// Validate).
  MultivariateNormal(const Tensor& mean, const Tensor& factor,
                     Validate validate = Validate::values);
  /// The same distribution as a diagonal Gaussian's, whose mean has a last axis.
  static MultivariateNormal diagonal(const Normal& normal);

  std::string_view name() const override { return "multivariate normal"; }
  /// x [..., d] -> [...]. ErrorKind::usage for another last axis.
  Tensor log_prob(const Tensor& x) const override;
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  /// Zero above the diagonal.
  const Tensor& factor() const { return factor_; }
  Tensor covariance() const;
  std::int64_t dimensions() const { return mean_.size(-1); }

 private:
  Tensor mean_, factor_;
};

/// The general pair, see kl_full() in losses/kl.h: [...]. Without cancellation for nearly equal
/// ones. ErrorKind::usage if the dimensions differ.
Tensor kl_divergence(const MultivariateNormal& p, const MultivariateNormal& q);

}  // namespace varve
