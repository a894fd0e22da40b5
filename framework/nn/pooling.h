#pragma once

#include "framework/nn/extent.h"
#include "framework/nn/module.h"

namespace varve {

struct PoolConfig {
  Extent kernel = 2;
  Extent stride = 0;   ///< 0: the kernel, windows side by side
  Extent padding = 0;  ///< at most half of the kernel
};

/// The greatest value of every window and channel: [N, H, W, C] -> [N, oh, ow, C], oh =
/// (H + 2p - k) / s + 1. Padding never wins. ErrorKind::usage for a kernel, stride or padding out
/// of range, and in forward() for an image that is smaller than the kernel. N may be 0.
class MaxPool2d : public Module {
 public:
  using Config = PoolConfig;
  explicit MaxPool2d(PoolConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Window window_;
};

/// The mean of every window and channel, padding counted as zeros. Shapes and errors as MaxPool2d.
class AvgPool2d : public Module {
 public:
  using Config = PoolConfig;
  explicit AvgPool2d(PoolConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Window window_;
};

}  // namespace varve
