#include "framework/nn/pooling.h"

#include <fmt/format.h>

#include "framework/tensor/functional.h"

namespace varve {
namespace {

Window window_of(const PoolConfig& config) {
  const bool side_by_side = config.stride == Extent(0);
  return make_window(config.kernel, side_by_side ? config.kernel : config.stride, config.padding);
}

std::string describe_pool(const char* layer, const Window& window) {
  return fmt::format("{}({}x{}, stride {}x{})", layer, window.kernel[0], window.kernel[1],
                     window.stride[0], window.stride[1]);
}

}  // namespace

MaxPool2d::MaxPool2d(PoolConfig config) : window_(window_of(config)) {}
Tensor MaxPool2d::forward(const Tensor& x) { return max_pool2d(x, window_); }
std::string MaxPool2d::describe() const { return describe_pool("MaxPool2d", window_); }

AvgPool2d::AvgPool2d(PoolConfig config) : window_(window_of(config)) {}
Tensor AvgPool2d::forward(const Tensor& x) { return avg_pool2d(x, window_); }
std::string AvgPool2d::describe() const { return describe_pool("AvgPool2d", window_); }

}  // namespace varve
