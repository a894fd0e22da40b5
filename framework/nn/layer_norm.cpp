#include "framework/nn/layer_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

LayerNorm::LayerNorm(LayerNormConfig config) : config_(config) {
  if (config_.features < 0 || !(config_.epsilon > 0) || std::isinf(config_.epsilon) ||
      !is_floating(config_.dtype))
    fail(ErrorKind::usage,
         "[LayerNorm] features = {}, epsilon = {}, dtype = {}: needed at least 0, positive and "
         "finite, and f32 or f64",
         config_.features, config_.epsilon, varve::name(config_.dtype));
  if (config_.affine) declare(config_.features, config_.dtype);
}

Tensor LayerNorm::forward(const Tensor& x) {
  if (config_.features == 0) {
    if (x.rank() == 0 || x.size(-1) == 0)
      fail(ErrorKind::usage, "[LayerNorm] cannot infer its features from an input of {}",
           x.shape().str());
    config_.features = x.size(-1);
    materialize(config_.features, x.device());
  }
  if (x.rank() == 0 || x.size(-1) != config_.features)
    fail(ErrorKind::usage, "[LayerNorm] normalises {} features, got an input of {}",
         config_.features, x.shape().str());
  return layer_norm(x, weight_, bias_, config_.epsilon);
}

std::string LayerNorm::describe() const {
  return fmt::format("LayerNorm({})",
                     config_.features > 0 ? fmt::to_string(config_.features) : "?");
}

}  // namespace varve
