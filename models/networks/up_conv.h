#pragma once

#include <cstdint>
#include <vector>

#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/module.h"

namespace varve {

/// Height and width of a feature map.
struct MapSize {
  std::int64_t height, width;
};
/// `size`, halved `times` times, rounding down: what 4x4 convolutions of stride 2 make of it.
std::vector<MapSize> halved_sizes(MapSize size, std::int64_t times);

/// A transposed 4x4 convolution of stride 2, from one map size to twice that or, for an odd side,
/// one more. The framework adds the same to both sides, so a crop takes off what only one of them
/// needs.
class UpConv : public Module {
 public:
  UpConv(std::int64_t in, std::int64_t out, MapSize from, MapSize to, Activation activation,
         DType dtype);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "UpConv"; }

 private:
  MapSize to_;
  ConvTranspose2d conv_;
};

}  // namespace varve
