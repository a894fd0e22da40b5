#pragma once

#include "framework/nn/extent.h"
#include "framework/nn/module.h"

namespace varve {

struct PoolConfig {
  Extent kernel = 2;
  Extent stride = 0;  ///< 0: the kernel, windows side by side
  Extent padding = 0;
};

/// The greatest value of every window and channel: [N, H, W, C] -> [N, oh, ow, C].
class MaxPool2d : public Module {
 public:
  using Config = PoolConfig;
  explicit MaxPool2d(PoolConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Window window_;
};

/// The mean of every window and channel, padding counted as zeros.
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
