#pragma once

#include <functional>

#include "framework/tensor/tensor.h"

namespace varve {

/// log_density((x - location) / scale) - log scale, broadcast: the log density of a variable that
/// is moved and stretched. Nothing is squared before it is divided, so that scales whose squares
/// leave the dtype's range are right. At scale 0 it is a point mass: infinity at the location,
/// -infinity elsewhere. NaN where x is.
Tensor location_scale_log_prob(const Tensor& x, const Tensor& location, const Tensor& scale,
                               const std::function<Tensor(const Tensor&)>& log_density);

}  // namespace varve
