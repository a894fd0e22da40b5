#pragma once

#include <string_view>

#include "framework/tensor/tensor.h"

namespace varve {

/// A family of random variables, one for each place of the parameters' (broadcast) shape.
///
/// log_prob and entropy are per random variable: elementwise for Normal, Bernoulli, Laplace and
/// Uniform (sum_per_example() in losses.h gives the joint), without the last axis for Categorical,
/// IsotropicNormal and MultivariateNormal. Draws come from the parameters' device's generator.
class ProbabilityDistribution {
 public:
  virtual ~ProbabilityDistribution() = default;

  virtual std::string_view name() const = 0;
  /// log density (or log probability) of x.
  virtual Tensor log_prob(const Tensor& x) const = 0;
  /// A draw of shape leading + the distribution's own; no gradient flows.
  virtual Tensor sample(Shape leading = {}) const;
  /// A draw that is differentiable in the parameters. Throws ErrorKind::usage where there is none.
  virtual Tensor rsample(Shape leading = {}) const;
  /// In nats.
  virtual Tensor entropy() const = 0;
  virtual Tensor mean() const = 0;
};

/// leading + own, the shape of a draw.
Shape draw_shape(const Shape& leading, const Shape& own);

}  // namespace varve
