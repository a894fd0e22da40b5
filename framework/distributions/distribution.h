#pragma once

#include <cstdint>
#include <string_view>

#include "framework/tensor/tensor.h"

namespace varve {

/// A family of random variables, one for each place of the parameters' (broadcast) shape.
///
/// log_prob and entropy are per random variable: elementwise for Normal, Bernoulli, Laplace and
/// Uniform (sum_per_example() in losses.h gives the joint), without the last axis for Categorical,
/// IsotropicNormal and MultivariateNormal. Draws come from the parameters' device's generator.
///
/// Parameters and x are floating point; integers and bool are taken as f32. A NaN in a parameter or
/// in x makes NaN of what is computed from it. Parameters that would give a plausible wrong number
/// are refused: see Validate.
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

/// Throws ErrorKind::usage unless the last axis of x has that size: it is never broadcast.
void require_last_axis(const Tensor& x, std::int64_t size, std::string_view where);

}  // namespace varve
