#pragma once

#include <cstdint>
#include <optional>

#include "framework/nn/norm.h"

namespace varve {

struct RMSNormConfig {
  std::int64_t features = 0;           ///< last axis; 0: inferred at the first forward()
  std::optional<double> epsilon = {};  ///< by default that of the dtype, as in PyTorch
  bool affine = true;
  DType dtype = DType::f32;
};

/// x / sqrt(mean(x^2) + epsilon) weight, over the last axis of every row. Zhang and Sennrich 2019.
/// ErrorKind::usage for a configuration out of range, and in forward() for an input of another
/// dtype or last size. A leading size may be 0.
class RMSNorm : public Norm {
 public:
  using Config = RMSNormConfig;
  explicit RMSNorm(RMSNormConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  RMSNormConfig config_;
};

}  // namespace varve
