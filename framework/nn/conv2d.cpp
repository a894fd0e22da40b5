#include "framework/nn/conv2d.h"

#include <fmt/format.h>

#include "framework/tensor/functional.h"

namespace varve {

Conv2d::Conv2d(Conv2dConfig config)
    : Affine({{config.out, config.kernel.height, config.kernel.width, config.in},
              3,
              config.out,
              config.bias,
              config.dtype,
              {0, 2, 3, 1}},
             "Conv2d"),
      config_(config) {
  require_window(config.kernel, config.stride, config.padding, "Conv2d");
}

Tensor Conv2d::forward(const Tensor& x) {
  ready(x);
  return conv2d(x, weight(), bias(), make_window(config_.kernel, config_.stride, config_.padding),
                config_.activation);
}

std::string Conv2d::describe() const {
  return fmt::format("Conv2d({}, {}, stride {}, padding {}{})", sizes(), config_.kernel.str(),
                     config_.stride.str(), config_.padding.str(), extras(config_.activation));
}

}  // namespace varve
