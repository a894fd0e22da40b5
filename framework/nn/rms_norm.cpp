#include "framework/nn/rms_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

RMSNorm::RMSNorm(RMSNormConfig config) : config_(config) {
  const double epsilon = config_.epsilon.value_or(1);
  if (config_.features < 0 || !(epsilon >= 0) || std::isinf(epsilon) || !is_floating(config_.dtype))
    fail(ErrorKind::usage,
         "[RMSNorm] features = {}, epsilon = {}, dtype = {}: needed at least 0, at least 0 and "
         "finite, and f32 or f64",
         config_.features, epsilon, varve::name(config_.dtype));
  if (config_.affine) declare(config_.features, config_.dtype, false);
}

Tensor RMSNorm::forward(const Tensor& x) {
  if (config_.features == 0) {
    if (x.rank() == 0 || x.size(-1) == 0)
      fail(ErrorKind::usage, "[RMSNorm] cannot infer its features from an input of {}",
           x.shape().str());
    config_.features = x.size(-1);
    materialize(config_.features, x.device());
  }
  if (x.rank() == 0 || x.size(-1) != config_.features)
    fail(ErrorKind::usage, "[RMSNorm] normalises {} features, got an input of {}", config_.features,
         x.shape().str());
  return rms_norm(x, weight_, config_.epsilon);
}

std::string RMSNorm::describe() const {
  return fmt::format("RMSNorm({})", config_.features > 0 ? fmt::to_string(config_.features) : "?");
}

}  // namespace varve
