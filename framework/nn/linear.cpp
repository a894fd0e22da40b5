#include "framework/nn/linear.h"

#include <fmt/format.h>

#include "framework/tensor/functional.h"

namespace varve {

Linear::Linear(LinearConfig config)
    : Affine({.weight = {config.out, config.in},
              .input_axis = 1,
              .out = config.out,
              .bias = config.bias,
              .dtype = config.dtype,
              .spectral = config.spectral_norm},
             "Linear"),
      config_(config) {}

Tensor Linear::forward(const Tensor& x) {
  ready(x);
  return linear(x, used_weight(), bias(), config_.activation);
}

std::string Linear::describe() const {
  return fmt::format("Linear({}{})", sizes(), extras(config_.activation));
}

}  // namespace varve
