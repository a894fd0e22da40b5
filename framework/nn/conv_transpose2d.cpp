#include "framework/nn/conv_transpose2d.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

void require_pixels(const Tensor& x, const ConvTranspose2dConfig& c) {
  if (x.rank() != 4) return;  // the op says so
  const auto size = [&](std::int64_t pixels, std::int64_t kernel, std::int64_t stride,
                        std::int64_t padding, std::int64_t dilation) {
    return (pixels - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + c.output_padding;
  };
  const auto height =
      size(x.size(1), c.kernel.height, c.stride.height, c.padding.height, c.dilation.height);
  const auto width =
      size(x.size(2), c.kernel.width, c.stride.width, c.padding.width, c.dilation.width);
  if (height < 1 || width < 1)
    fail(ErrorKind::usage,
         "[ConvTranspose2d] an image of {} would become {} x {} pixels: take less padding than {}",
         x.shape().str(), height, width, c.padding.str());
}

/// The outputs of one group.
std::int64_t of_one(std::int64_t out, std::int64_t groups) {
  if (groups < 1 || out % groups != 0)
    fail(ErrorKind::usage, "[ConvTranspose2d] {} outputs are no multiple of {} groups", out,
         groups);
  return out / groups;
}

}  // namespace

ConvTranspose2d::ConvTranspose2d(ConvTranspose2dConfig config)
    : Affine({.weight = {config.in, config.kernel.height, config.kernel.width,
                         of_one(config.out, config.groups)},
              .input_axis = 0,
              .out = config.out,
              .bias = config.bias,
              .dtype = config.dtype,
              .torch = {0, 2, 3, 1},
              .spectral = config.spectral_norm,
              .out_axis = 3},
             "ConvTranspose2d"),
      config_(config) {
  require_window(config.kernel, config.stride, config.padding, "ConvTranspose2d");
  require_dilation(config.dilation, "ConvTranspose2d");
  if (config.groups > 1 && (config.spectral_norm || config.in % config.groups != 0))
    fail(ErrorKind::usage,
         "[ConvTranspose2d] {} groups: {} channels must be a multiple of them, and there is no "
         "spectral norm with groups",
         config.groups, config.in);
  if (config.output_padding < 0 ||
      config.output_padding >= std::min(config.stride.height, config.stride.width))
    fail(
        ErrorKind::usage,
        "[ConvTranspose2d] output_padding = {}: it must be at least 0 and less than the stride, {}",
        config.output_padding, config.stride.str());
}

Tensor ConvTranspose2d::forward(const Tensor& x) {
  ready(x);
  require_pixels(x, config_);
  return conv_transpose2d(x, used_weight(), bias(),
                          make_window(config_.kernel, config_.stride, config_.padding),
                          config_.activation, config_.output_padding,
                          {{config_.dilation.height, config_.dilation.width}, config_.groups});
}

std::string ConvTranspose2d::describe() const {
  std::string text = fmt::format("ConvTranspose2d({}, {}, stride {}, padding {}", sizes(),
                                 config_.kernel.str(), config_.stride.str(), config_.padding.str());
  if (config_.dilation != Extent(1)) text += ", dilation " + config_.dilation.str();
  if (config_.groups > 1) text += fmt::format(", {} groups", config_.groups);
  return text + extras(config_.activation) + ")";
}

}  // namespace varve
