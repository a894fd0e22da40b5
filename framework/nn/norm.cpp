#include "framework/nn/norm.h"

namespace varve {

void Norm::declare(std::int64_t features, DType dtype, bool bias) {
  has_weight_ = true;
  has_bias_ = bias;
  dtype_ = dtype;
  if (features > 0) return materialize(features, default_device());
  parameter("weight", {});
  if (bias) parameter("bias", {});
}

void Norm::materialize(std::int64_t features, const Device& device) {
  if (has_weight_) weight_ = parameter("weight", Tensor::ones({features}, dtype_, device));
  if (has_bias_) bias_ = parameter("bias", Tensor::zeros({features}, dtype_, device));
}

}  // namespace varve
