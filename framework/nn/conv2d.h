#pragma once

#include <cstdint>
#include <optional>

#include "framework/nn/affine.h"
#include "framework/nn/extent.h"
#include "framework/tensor/functional.h"

namespace varve {

struct Conv2dConfig {
  std::int64_t in = 0;  ///< channels; 0: inferred at the first forward()
  std::int64_t out = 1;
  Extent kernel = 3;
  Extent stride = 1;
  Extent padding = 0;
  Extent dilation = 1;                       ///< from one element of the kernel to the next
  std::int64_t groups = 1;                   ///< in and out are multiples of it
  std::optional<PadMode> padding_mode = {};  ///< zeros by default
  bool bias = true;
  Activation activation = Activation::identity;
  bool spectral_norm = false;  ///< see SpectralNorm
  DType dtype = DType::f32;
};

/// activation(conv(x) + bias): [N, H, W, in] -> [N, (H + 2p - d (k - 1) - 1) / s + 1, ..., out].
/// weight [out, kh, kw, in / groups], bias [out], both from U(+-1 / sqrt(kh kw in / groups)).
/// ErrorKind::usage for a size, stride, padding or dilation out of range, and in forward() for an
/// input that is not floating, has other channels or is smaller than the kernel. N may be 0.
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
