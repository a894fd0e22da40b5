#include "framework/nn/pooling.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

Window window_of(const PoolConfig& config, const char* layer) {
  const Extent stride = config.stride == Extent(0) ? config.kernel : config.stride;
  require_window(config.kernel, stride, config.padding, layer);
  if (2 * config.padding.height > config.kernel.height ||
      2 * config.padding.width > config.kernel.width)
    fail(ErrorKind::usage,
         "[{}] padding {} is more than half of the kernel {}: a window would hold nothing else",
         layer, config.padding.str(), config.kernel.str());
  return make_window(config.kernel, stride, config.padding);
}

std::string describe_pool(const char* layer, const Window& window) {
  return fmt::format("{}({}x{}, stride {}x{})", layer, window.kernel[0], window.kernel[1],
                     window.stride[0], window.stride[1]);
}

}  // namespace

MaxPool2d::MaxPool2d(PoolConfig config) : window_(window_of(config, "MaxPool2d")) {}
Tensor MaxPool2d::forward(const Tensor& x) { return max_pool2d(x, window_); }
std::string MaxPool2d::describe() const { return describe_pool("MaxPool2d", window_); }

AvgPool2d::AvgPool2d(PoolConfig config) : window_(window_of(config, "AvgPool2d")) {}
Tensor AvgPool2d::forward(const Tensor& x) { return avg_pool2d(x, window_); }
std::string AvgPool2d::describe() const { return describe_pool("AvgPool2d", window_); }

}  // namespace varve
