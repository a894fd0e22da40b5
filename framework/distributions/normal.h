#pragma once

#include "framework/distributions/distribution.h"

namespace varve {

/// Independent Gaussians, one an element: a diagonal Gaussian.
class Normal : public ProbabilityDistribution {
 public:
  /// From mean and standard deviation, broadcast.
  Normal(const Tensor& mean, const Tensor& standard_deviation);
  /// From mean and log variance, as encoders give them; rsample() is then one command.
  static Normal from_logvar(const Tensor& mean, const Tensor& logvar);
  /// N(0, 1).
  static Normal standard(Shape shape, DType dtype = DType::f32,
                         const Device& device = default_device());

  std::string_view name() const override { return "normal"; }
  Tensor log_prob(const Tensor& x) const override;
  /// mean + sigma eps. Kingma and Welling 2014, section 2.4.
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  Tensor standard_deviation() const;
  Tensor logvar() const { return logvar_; }

 private:
  struct FromLogvar {};
  Normal(FromLogvar, const Tensor& mean, const Tensor& logvar);

  Tensor mean_, logvar_;
};

/// Elementwise.
Tensor kl_divergence(const Normal& p, const Normal& q);

/// N(mean, exp(logvar) I) over the last axis: one variance for all its d dimensions.
class IsotropicNormal : public ProbabilityDistribution {
 public:
  /// mean [..., d], logvar [..., 1].
  IsotropicNormal(const Tensor& mean, const Tensor& logvar);

  std::string_view name() const override { return "isotropic normal"; }
  Tensor log_prob(const Tensor& x) const override;
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  Tensor logvar() const { return logvar_; }
  std::int64_t dimensions() const { return mean_.size(-1); }

 private:
  Tensor mean_, logvar_;
};

/// 1/2 (d r + |m0 - m1|^2 / s1^2 - d - d log r), r = s0^2 / s1^2: [...].
Tensor kl_divergence(const IsotropicNormal& p, const IsotropicNormal& q);

}  // namespace varve
