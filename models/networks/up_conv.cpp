#include "models/networks/up_conv.h"

#include <algorithm>

namespace varve {

std::vector<MapSize> halved_sizes(MapSize size, std::int64_t times) {
  std::vector<MapSize> sizes{size};
  for (std::int64_t i = 0; i < times; ++i)
    sizes.push_back({sizes.back().height / 2, sizes.back().width / 2});
  return sizes;
}

UpConv::UpConv(std::int64_t in, std::int64_t out, MapSize from, MapSize to, Activation activation,
               DType dtype)
    : to_(to),
      conv_({.in = in,
             .out = out,
             .kernel = 4,
             .stride = 2,
             .padding = 1,
             .output_padding = std::max(to.height - 2 * from.height, to.width - 2 * from.width),
             .activation = activation,
             .dtype = dtype}) {
  child("conv", conv_);
}

Tensor UpConv::forward(const Tensor& x) {
  return conv_(x).slice(1, 0, to_.height).slice(2, 0, to_.width);
}

}  // namespace varve
