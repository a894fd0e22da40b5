#pragma once

#include <cstdint>

#include "framework/nn/norm.h"

namespace varve {

struct LayerNormConfig {
  std::int64_t features = 0;  ///< last axis; 0: inferred at the first forward()
  double epsilon = 1e-5;
  bool affine = true;
  DType dtype = DType::f32;
};

/// Normalises the last axis of every row, then weight and bias: (x - mean) / sqrt(variance +
/// epsilon) weight + bias. Ba et al. 2016. ErrorKind::usage for a configuration out of range, and
/// in forward() for an input of another dtype or last size. A leading size may be 0.
class LayerNorm : public Norm {
 public:
  using Config = LayerNormConfig;
  explicit LayerNorm(LayerNormConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  LayerNormConfig config_;
};

}  // namespace varve
