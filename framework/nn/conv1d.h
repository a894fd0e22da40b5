#pragma once

#include <cstdint>
#include <optional>

#include "framework/nn/affine.h"
#include "framework/tensor/functional.h"

namespace varve {

struct Conv1dConfig {
  std::int64_t in = 0;  ///< channels; 0: inferred at the first forward()
  std::int64_t out = 1;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;                 ///< from one element of the kernel to the next
  std::int64_t groups = 1;                   ///< in and out are multiples of it
  std::optional<PadMode> padding_mode = {};  ///< zeros by default
  bool bias = true;
  Activation activation = Activation::identity;
  bool spectral_norm = false;  ///< see SpectralNorm
  DType dtype = DType::f32;
};

/// activation(conv(x) + bias) of sequences: [N, L, in] -> [N, (L + 2p - d (k - 1) - 1) / s + 1,
/// out]. weight [out, k, in / groups], bias [out], both from U(+-1 / sqrt(k in / groups)).
/// ErrorKind::usage for a size out of range, and in forward() for an input that is not floating,
/// has other channels or is shorter than the kernel. N may be 0.
class Conv1d : public Affine {
 public:
  using Config = Conv1dConfig;
  explicit Conv1d(Conv1dConfig config);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Conv1dConfig config_;
};

}  // namespace varve
