#pragma once

#include "framework/distributions/distribution.h"
#include "framework/distributions/validate.h"

namespace varve {

/// Independent Laplace variables: density exp(-|x - mean| / scale) / (2 scale).
class Laplace : public ProbabilityDistribution {
 public:
  /// Broadcast. The scale is at least 0, and 0 is a point mass: ErrorKind::usage if a value is
  /// negative or NaN (see Validate).
  Laplace(const Tensor& mean, const Tensor& scale, Validate validate = Validate::values);

  std::string_view name() const override { return "laplace"; }
  /// At scale 0: infinity at the mean, -infinity elsewhere.
  Tensor log_prob(const Tensor& x) const override;
  /// By inversion of the distribution function; finite for every uniform number.
  Tensor rsample(Shape leading = {}) const override;
  /// log(2 e scale).
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  const Tensor& scale() const { return scale_; }

 private:
  Tensor mean_, scale_;
};

/// Elementwise, broadcast: |m0 - m1| / b1 + r exp(-|m0 - m1| / b0) - log r - 1, r = b0 / b1;
/// without cancellation for nearly equal ones. Scales above 0.
Tensor kl_divergence(const Laplace& p, const Laplace& q);

/// Independent uniform variables on [low, high).
class Uniform : public ProbabilityDistribution {
 public:
  /// Broadcast; finite, low < high: ErrorKind::usage if not (see Validate).
  Uniform(const Tensor& low, const Tensor& high, Validate validate = Validate::values);

  std::string_view name() const override { return "uniform"; }
  /// -log(high - low) at low <= x < high, -infinity outside.
  Tensor log_prob(const Tensor& x) const override;
  /// In [low, high), also where rounding would reach `high`.
  Tensor rsample(Shape leading = {}) const override;
  /// log(high - low).
  Tensor entropy() const override;
  Tensor mean() const override;
  const Tensor& low() const { return low_; }
  const Tensor& high() const { return high_; }

 private:
  Tensor low_, high_;
};

/// Elementwise, broadcast: log of the ratio of widths; infinity where p's support is not inside
/// q's.
Tensor kl_divergence(const Uniform& p, const Uniform& q);

}  // namespace varve
