#include "framework/distributions/location_scale.h"

#include <limits>

#include "framework/tensor/functional.h"

namespace varve {

Tensor location_scale_log_prob(const Tensor& x, const Tensor& location, const Tensor& scale,
                               const std::function<Tensor(const Tensor&)>& log_density) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor zero = Tensor::zeros({}, scale.dtype(), scale.device());
  const Tensor distance = x - location;
  const Tensor is_point = equal(scale, zero);
  const Tensor stretch = where(is_point, zero + 1, scale);  // finite, and so are its gradients
  const Tensor density = log_density(distance / stretch) - log(stretch);
  const Tensor peak = zero + infinity;
  const Tensor point = where(equal(distance, zero), peak, abs(distance.detach()) * -peak);
  return where(is_point, point, density);
}

}  // namespace varve
