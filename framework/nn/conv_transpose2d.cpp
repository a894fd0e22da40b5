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
                        std::int64_t padding) {
    return (pixels - 1) * stride - 2 * padding + kernel + c.output_padding;
  };
  const auto height = size(x.size(1), c.kernel.height, c.stride.height, c.padding.height);
  const auto width = size(x.size(2), c.kernel.width, c.stride.width, c.padding.width);
  if (height < 1 || width < 1)
    fail(ErrorKind::usage,
         "[ConvTranspose2d] an image of {} would become {} x {} pixels: take less padding than {}",
         x.shape().str(), height, width, c.padding.str());
}

}  // namespace

ConvTranspose2d::ConvTranspose2d(ConvTranspose2dConfig config)
    : Affine({{config.in, config.kernel.height, config.kernel.width, config.out},
              0,
              config.out,
              config.bias,
              config.dtype,
              {0, 2, 3, 1}},
             "ConvTranspose2d"),
      config_(config) {
  require_window(config.kernel, config.stride, config.padding, "ConvTranspose2d");
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
  return conv_transpose2d(x, weight(), bias(),
                          make_window(config_.kernel, config_.stride, config_.padding),
                          config_.activation, config_.output_padding);
}

std::string ConvTranspose2d::describe() const {
  return fmt::format("ConvTranspose2d({}, {}, stride {}, padding {}{})", sizes(),
                     config_.kernel.str(), config_.stride.str(), config_.padding.str(),
                     extras(config_.activation));
}

}  // namespace varve
