#include "framework/nn/linear.h"

#include <fmt/format.h>

#include "framework/tensor/functional.h"

namespace varve {

Linear::Linear(LinearConfig config)
    : Affine({{config.out, config.in}, 1, config.out, config.bias, config.dtype}, "Linear"),
      config_(config) {}

Tensor Linear::forward(const Tensor& x) {
  ready(x);
  return linear(x, weight(), bias(), config_.activation);
}

std::string Linear::describe() const {
  return fmt::format("Linear({}{})", sizes(), extras(config_.activation));
}

}  // namespace varve
