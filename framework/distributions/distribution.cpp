#include "framework/distributions/distribution.h"

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"

namespace varve {

Tensor ProbabilityDistribution::sample(Shape leading) const {
  const NoGrad guard;
  return rsample(leading);
}

Tensor ProbabilityDistribution::rsample(Shape) const {
  fail(ErrorKind::usage, "[{}] has no draw that is differentiable in its parameters; use sample()",
       name());
}

Shape draw_shape(const Shape& leading, const Shape& own) {
  Shape shape = leading;
  for (const auto size : own) shape.push_back(size);
  return shape;
}

}  // namespace varve
