#include "framework/nn/batch_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

BatchNorm::BatchNorm(BatchNormConfig config) : config_(config) {
  if (config_.features < 0 || !(config_.epsilon > 0) || std::isinf(config_.epsilon) ||
      !(config_.momentum >= 0 && config_.momentum <= 1) || !is_floating(config_.dtype))
    fail(ErrorKind::usage,
         "[BatchNorm] features = {}, momentum = {}, epsilon = {}, dtype = {}: needed at least 0, 0 "
         "to 1, positive and finite, and f32 or f64",
         config_.features, config_.momentum, config_.epsilon, varve::name(config_.dtype));
  if (config_.features > 0)
    materialize(default_device());
  else
    enter();
}

void BatchNorm::materialize(const Device& device) {
  const Shape shape{config_.features};
  weight_ = Tensor::ones(shape, config_.dtype, device);
  bias_ = Tensor::zeros(shape, config_.dtype, device);
  running_mean_ = Tensor::zeros(shape, config_.dtype, device);
  running_variance_ = Tensor::ones(shape, config_.dtype, device);
  enter();
}

void BatchNorm::enter() {
  if (config_.affine) {
    parameter("weight", weight_);
    parameter("bias", bias_);
  }
  buffer("running_mean", running_mean_);
  buffer("running_var", running_variance_);
}

Tensor BatchNorm::forward(const Tensor& x) {
  if (!weight_.defined()) {
    if (x.rank() < 2 || x.size(-1) == 0)
      fail(ErrorKind::usage, "[BatchNorm] cannot infer its features from an input of {}",
           x.shape().str());
    config_.features = x.size(-1);
    materialize(x.device());
  }
  if (x.rank() < 2 || x.size(-1) != config_.features || x.dtype() != config_.dtype)
    fail(ErrorKind::usage, "[BatchNorm] needs {} of (batch, ..., {}), got {} of {}",
         varve::name(config_.dtype), config_.features, varve::name(x.dtype()), x.shape().str());
  if (is_training()) return forward_training(x);
  const Tensor scale = weight_ / sqrt(running_variance_ + config_.epsilon);
  return (x - running_mean_) * scale + bias_;
}

Tensor BatchNorm::forward_training(const Tensor& x) {
  const std::int64_t count = x.numel() / config_.features;
  if (count < 2)
    fail(ErrorKind::usage,
         "[BatchNorm] a batch of {} has {} a feature, and no variance: give it two or more, "
         "or call eval()",
         x.shape().str(), count == 1 ? "one value" : "no value");
  auto [y, mean, variance] = batch_norm(x, weight_, bias_, config_.epsilon);
  const NoGrad guard;
  const double newest = config_.momentum;
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  running_mean_.assign(running_mean_ * (1 - newest) + mean * newest);
  running_variance_.assign(running_variance_ * (1 - newest) + variance * (newest * unbiased));
  return y;
}

std::string BatchNorm::describe() const {
  return fmt::format("BatchNorm({})",
                     config_.features > 0 ? fmt::to_string(config_.features) : "?");
}

}  // namespace varve
