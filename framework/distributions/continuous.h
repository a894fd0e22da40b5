#pragma once

#include "framework/distributions/distribution.h"

namespace varve {

/// Independent Laplace variables: density exp(-|x - mean| / scale) / (2 scale).
class Laplace : public ProbabilityDistribution {
 public:
  /// Broadcast.
  Laplace(const Tensor& mean, const Tensor& scale);

  std::string_view name() const override { return "laplace"; }
  Tensor log_prob(const Tensor& x) const override;
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  const Tensor& scale() const { return scale_; }

 private:
  Tensor mean_, scale_;
};

/// Elementwise.
Tensor kl_divergence(const Laplace& p, const Laplace& q);

/// Independent uniform variables on [low, high).
class Uniform : public ProbabilityDistribution {
 public:
  /// Broadcast; low < high.
  Uniform(const Tensor& low, const Tensor& high);

  std::string_view name() const override { return "uniform"; }
  /// -infinity outside.
  Tensor log_prob(const Tensor& x) const override;
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override;
  const Tensor& low() const { return low_; }
  const Tensor& high() const { return high_; }

 private:
  Tensor low_, high_;
};

/// Elementwise; infinity where p's support is not inside q's.
Tensor kl_divergence(const Uniform& p, const Uniform& q);

}  // namespace varve
