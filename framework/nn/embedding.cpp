#include "framework/nn/embedding.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/nn/init.h"
#include "framework/tensor/functional.h"

namespace varve {

Embedding::Embedding(EmbeddingConfig config) : config_(config) {
  if (config_.count < 1 || config_.features < 1)
    fail(ErrorKind::usage, "[Embedding] count = {} and features = {}: both must be positive",
         config_.count, config_.features);
  weight_ = parameter("weight", Tensor::empty({config_.count, config_.features}, config_.dtype));
  init::normal(weight_);
}

Tensor Embedding::forward(const Tensor& indices) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    fail(ErrorKind::usage, "[Embedding] indices must be integers, got {}",
         varve::name(indices.dtype()));
  return take(weight_, indices.dtype() == DType::u8 ? cast(indices, DType::i32) : indices);
}

std::string Embedding::describe() const {
  return fmt::format("Embedding({}, {})", config_.count, config_.features);
}

}  // namespace varve
