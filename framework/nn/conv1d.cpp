#include "framework/nn/conv1d.h"

#include <fmt/format.h>

#include "framework/core/error.h"

namespace varve {

Conv1d::Conv1d(Conv1dConfig config)
    : Affine({.weight = {config.out, config.kernel, config.in},
              .input_axis = 2,
              .out = config.out,
              .bias = config.bias,
              .dtype = config.dtype,
              .torch = {0, 2, 1},
              .groups = config.groups,
              .spectral = config.spectral_norm},
             "Conv1d"),
      config_(config) {
  if (config.kernel < 1 || config.stride < 1 || config.padding < 0 || config.dilation < 1)
    fail(ErrorKind::usage,
         "[Conv1d] kernel {}, stride {}, padding {}, dilation {}: all must be at least 1, padding "
         "at "
         "least 0",
         config.kernel, config.stride, config.padding, config.dilation);
}

Tensor Conv1d::forward(const Tensor& x) {
  ready(x);
  Conv1dOptions options{config_.stride, config_.padding, config_.dilation, config_.groups,
                        config_.activation};
  if (!config_.padding_mode || config_.padding == 0)
    return conv1d(x, used_weight(), bias(), options);
  options.padding = 0;
  const auto p = config_.padding;
  return conv1d(pad(x, {0, p, 0}, {0, p, 0}, *config_.padding_mode), used_weight(), bias(),
                options);
}

std::string Conv1d::describe() const {
  std::string text = fmt::format("Conv1d({}, {}, stride {}, padding {}", sizes(), config_.kernel,
                                 config_.stride, config_.padding);
  if (config_.dilation > 1) text += fmt::format(", dilation {}", config_.dilation);
  return text + extras(config_.activation) + ")";
}

}  // namespace varve
