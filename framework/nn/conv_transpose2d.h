#pragma once

#include <cstdint>

#include "framework/nn/affine.h"
#include "framework/nn/extent.h"

namespace varve {

struct ConvTranspose2dConfig {
  std::int64_t in = 0;  ///< channels; 0: inferred at the first forward()
  std::int64_t out = 1;
  Extent kernel = 3;
  Extent stride = 1;
  Extent padding = 0;
  /// Rows and columns added below and to the right, fewer than the stride.
  std::int64_t output_padding = 0;
  Extent dilation = 1;      ///< from one element of the kernel to the next
  std::int64_t groups = 1;  ///< in and out are multiples of it
  bool bias = true;
  Activation activation = Activation::identity;
  bool spectral_norm = false;  ///< see SpectralNorm
  DType dtype = DType::f32;
};

/// The transpose of Conv2d: [N, H, W, in] -> [N, (H - 1) s - 2p + d (k - 1) + 1 + output_padding,
/// ..., out]. weight [in, kh, kw, out / groups], bias [out], both from
/// U(+-1 / sqrt(kh kw out / groups)), as in PyTorch.
/// ErrorKind::usage for a size, stride or padding out of range, and in forward() for an input that
/// is not floating, has other channels or would leave nothing. N may be 0.
class ConvTranspose2d : public Affine {
 public:
  using Config = ConvTranspose2dConfig;
  explicit ConvTranspose2d(ConvTranspose2dConfig config);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  ConvTranspose2dConfig config_;
};

}  // namespace varve
