#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct BatchNormConfig {
  std::int64_t features = 0;  ///< last axis; 0: inferred at the first forward()
  double momentum = 0.1;      ///< weight of the newest batch in the running statistics
  double epsilon = 1e-5;
  bool affine = true;
  DType dtype = DType::f32;
};

/// Normalises every feature (last axis) over all other axes, of [N, features] as of [N, H, W, C].
/// Ioffe and Szegedy 2015. Training uses the batch's statistics and moves running_mean and
/// running_var (unbiased, as in PyTorch) in place, on the device; evaluation uses those, also for
/// no examples. A NaN in a training batch stays in them, as in PyTorch. ErrorKind::usage for a
/// configuration out of range, and in forward() for an input of another dtype, rank or last size,
/// and while training for fewer than two values a feature.
class BatchNorm : public Module {
 public:
  using Config = BatchNormConfig;
  explicit BatchNorm(BatchNormConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const Tensor& running_mean() const { return running_mean_; }
  const Tensor& running_variance() const { return running_variance_; }

 private:
  void materialize(const Device& device);
  void enter();
  Tensor forward_training(const Tensor& x);

  BatchNormConfig config_;
  Tensor weight_, bias_, running_mean_, running_variance_;
};
using BatchNorm1d = BatchNorm;
using BatchNorm2d = BatchNorm;

}  // namespace varve
