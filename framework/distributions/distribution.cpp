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

void require_last_axis(const Tensor& x, std::int64_t size, std::string_view where) {
  if (x.rank() == 0 || x.size(-1) != size)
    fail(ErrorKind::usage, "[{}] needs a last axis of {}, got {}", where, size, x.shape().str());
}

}  // namespace varve
