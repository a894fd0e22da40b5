#pragma once

#include <cstdint>

#include "framework/nn/affine.h"

namespace varve {

struct LinearConfig {
  std::int64_t in = 0;  ///< 0: inferred at the first forward()
  std::int64_t out = 1;
  bool bias = true;
  Activation activation = Activation::identity;
  bool spectral_norm = false;  ///< see SpectralNorm
  DType dtype = DType::f32;
};

/// activation(x weight^T + bias): [..., in] -> [..., out]. weight [out, in], bias [out], both from
/// U(+-1 / sqrt(in)). ErrorKind::usage for a size out of range, and in forward() for an input of
/// another dtype or another last size. A leading size may be 0.
class Linear : public Affine {
 public:
  using Config = LinearConfig;
  explicit Linear(LinearConfig config);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  LinearConfig config_;
};

}  // namespace varve
