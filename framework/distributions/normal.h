#pragma once

#include "framework/distributions/distribution.h"
#include "framework/distributions/validate.h"

namespace varve {

/// Independent Gaussians, one an element: a diagonal Gaussian.
class Normal : public ProbabilityDistribution {
 public:
  /// From mean and standard deviation, broadcast. The standard deviation is at least 0, and 0 is a
  /// point mass: ErrorKind::usage if a value is negative or NaN (see Validate).
  Normal(const Tensor& mean, const Tensor& standard_deviation,
         Validate validate = Validate::values);
  /// From mean and log variance, broadcast, as encoders give them; rsample() is then one command.
  /// Any finite log variance is valid, so that no value is checked; NaN where it is NaN or
  /// -infinity.
  static Normal from_logvar(const Tensor& mean, const Tensor& logvar);
  /// N(0, 1).
  static Normal standard(Shape shape, DType dtype = DType::f32,
                         const Device& device = default_device());

  std::string_view name() const override { return "normal"; }
  /// -1/2 ((x - mean)^2 / sigma^2 + log sigma^2 + log 2 pi). At standard deviation 0: infinity at
  /// the mean, -infinity elsewhere.
  Tensor log_prob(const Tensor& x) const override;
  /// mean + sigma eps. Kingma and Welling 2014, section 2.4.
  Tensor rsample(Shape leading = {}) const override;
  /// 1/2 log(2 pi e sigma^2); -infinity at 0.
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  Tensor standard_deviation() const;
  Tensor logvar() const;

 private:
  struct FromLogvar {};
  Normal(FromLogvar, const Tensor& mean, const Tensor& logvar);

  Tensor mean_;
  Tensor logvar_, standard_deviation_;  ///< one of them, as it was given; the other is undefined
};

/// Elementwise, broadcast: 1/2 (s - 1 - log s + (m0 - m1)^2 / s1^2), s = s0^2 / s1^2; without
/// cancellation for nearly equal ones. Infinity if p alone is a point mass, NaN if q is one.
Tensor kl_divergence(const Normal& p, const Normal& q);

/// N(mean, exp(logvar) I) over the last axis: one variance for all its d dimensions.
class IsotropicNormal : public ProbabilityDistribution {
 public:
  /// mean [..., d], logvar [..., 1]. Values as for Normal::from_logvar. ErrorKind::usage for other
  /// shapes.
  IsotropicNormal(const Tensor& mean, const Tensor& logvar);

  std::string_view name() const override { return "isotropic normal"; }
  /// x [..., d] -> [...]. ErrorKind::usage for another last axis.
  Tensor log_prob(const Tensor& x) const override;
  Tensor rsample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override { return mean_; }
  Tensor logvar() const { return logvar_; }
  std::int64_t dimensions() const { return mean_.size(-1); }

 private:
  Tensor mean_, logvar_;
};

/// 1/2 (d r + |m0 - m1|^2 / s1^2 - d - d log r), r = s0^2 / s1^2: [...]. ErrorKind::usage if the
/// dimensions differ.
Tensor kl_divergence(const IsotropicNormal& p, const IsotropicNormal& q);

}  // namespace varve
