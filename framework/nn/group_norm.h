#pragma once

#include <cstdint>

#include "framework/nn/norm.h"

namespace varve {

struct GroupNormConfig {
  std::int64_t groups = 1;
  std::int64_t channels = 0;  ///< last axis; 0: inferred at the first forward()
  double epsilon = 1e-5;
  bool affine = true;
  DType dtype = DType::f32;
};

/// Zero mean, unit variance over each group of neighbouring channels (last axis) and all axes
/// between the first and the last, then weight and bias a channel: [N, ..., C] -> the same. Wu and
/// He 2018. Every example is normalised by itself, in training and evaluation alike.
/// ErrorKind::usage for a configuration out of range, and in forward() for an input of another
/// dtype, rank or last size. N may be 0.
class GroupNorm : public Norm {
 public:
  using Config = GroupNormConfig;
  explicit GroupNorm(GroupNormConfig config);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  GroupNormConfig config_;
};

struct InstanceNorm2dConfig {
  std::int64_t channels = 0;  ///< 0: inferred at the first forward()
  double epsilon = 1e-5;
  bool affine = false;  ///< as in PyTorch
  DType dtype = DType::f32;
};

/// Zero mean, unit variance of each channel of each image: [N, H, W, C] -> the same. Ulyanov et al.
/// 2016. Errors as GroupNorm; also for images of one pixel, which have no variance.
class InstanceNorm2d : public Norm {
 public:
  using Config = InstanceNorm2dConfig;
  explicit InstanceNorm2d(InstanceNorm2dConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  InstanceNorm2dConfig config_;
};

}  // namespace varve
