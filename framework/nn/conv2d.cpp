#include "framework/nn/conv2d.h"

#include <fmt/format.h>

#include "framework/tensor/functional.h"

namespace varve {

Conv2d::Conv2d(Conv2dConfig config)
    : Affine({.weight = {config.out, config.kernel.height, config.kernel.width, config.in},
              .input_axis = 3,
              .out = config.out,
              .bias = config.bias,
              .dtype = config.dtype,
              .torch = {0, 2, 3, 1},
              .groups = config.groups,
              .spectral = config.spectral_norm},
             "Conv2d"),
      config_(config) {
  require_window(config.kernel, config.stride, config.padding, "Conv2d");
  require_dilation(config.dilation, "Conv2d");
}

Tensor Conv2d::forward(const Tensor& x) {
  ready(x);
  const auto& [height, width] = config_.padding;
  const ConvOptions options{{config_.dilation.height, config_.dilation.width}, config_.groups};
  if (!config_.padding_mode || (height == 0 && width == 0))
    return conv2d(x, used_weight(), bias(),
                  make_window(config_.kernel, config_.stride, config_.padding), config_.activation,
                  options);
  const Dims around{0, height, width, 0};
  return conv2d(pad(x, around, around, *config_.padding_mode), used_weight(), bias(),
                make_window(config_.kernel, config_.stride, 0), config_.activation, options);
}

std::string Conv2d::describe() const {
  std::string text = fmt::format("Conv2d({}, {}, stride {}, padding {}", sizes(),
                                 config_.kernel.str(), config_.stride.str(), config_.padding.str());
  if (config_.dilation != Extent(1)) text += ", dilation " + config_.dilation.str();
  return text + extras(config_.activation) + ")";
}

}  // namespace varve
