#include "framework/nn/sequential.h"

#include "framework/core/error.h"

namespace varve {

Module& Sequential::append(std::unique_ptr<Module> layer) {
  if (!layer) fail(ErrorKind::usage, "[Sequential] layer {} is null", layers_.size());
  child(std::to_string(layers_.size()), *layer);
  return *layers_.emplace_back(std::move(layer));
}

Module& Sequential::operator[](std::size_t i) {
  if (i >= layers_.size())
    fail(ErrorKind::usage, "[Sequential] has {} layers and no layer {}", layers_.size(), i);
  return *layers_[i];
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const auto& layer : layers_) y = layer->forward(y);
  return y;
}

}  // namespace varve
