#pragma once

#include <cstdint>

#include "framework/nn/affine.h"
#include "framework/nn/extent.h"

namespace varve {

struct Conv2dConfig {
  std::int64_t in = 0;  ///< channels; 0: inferred at the first forward()
  std::int64_t out = 1;
  Extent kernel = 3;
  Extent stride = 1;
  Extent padding = 0;
  bool bias = true;
  Activation activation = Activation::identity;
  DType dtype = DType::f32;
};

/// activation(conv(x) + bias): [N, H, W, in] -> [N, (H + 2p - k) / s + 1, ..., out].
/// weight [out, kh, kw, in], bias [out], both from U(+-1 / sqrt(kh kw in)). ErrorKind::usage for a
/// size, stride or padding out of range, and in forward() for an input that is not floating, has
/// other channels or is smaller than the kernel. N may be 0.
class Conv2d : public Affine {
 public:
  using Config = Conv2dConfig;
  explicit Conv2d(Conv2dConfig config);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Conv2dConfig config_;
};

}  // namespace varve
