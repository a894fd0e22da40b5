#include "framework/nn/layer_norm.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

LayerNorm::LayerNorm(LayerNormConfig config) : config_(config) {
  if (config_.features < 0 || !(config_.epsilon > 0))
    fail(ErrorKind::usage,
         "[LayerNorm] features = {}, epsilon = {}: needed at least 0, and positive",
         config_.features, config_.epsilon);
  if (!config_.affine) return;
  if (config_.features > 0) {
    materialize(default_device());
  } else {
    parameter("weight", {});
    parameter("bias", {});
  }
}

void LayerNorm::materialize(const Device& device) {
  weight_ = parameter("weight", Tensor::ones({config_.features}, config_.dtype, device));
  bias_ = parameter("bias", Tensor::zeros({config_.features}, config_.dtype, device));
}

Tensor LayerNorm::forward(const Tensor& x) {
  if (config_.affine && !weight_.defined()) {
    if (x.rank() == 0 || x.size(-1) == 0)
      fail(ErrorKind::usage, "[LayerNorm] cannot infer its features from an input of {}",
           x.shape().str());
    config_.features = x.size(-1);
    materialize(x.device());
  }
  return layer_norm(x, weight_, bias_, config_.epsilon);
}

std::string LayerNorm::describe() const {
  return fmt::format("LayerNorm({})",
                     config_.features > 0 ? fmt::to_string(config_.features) : "?");
}

}  // namespace varve
