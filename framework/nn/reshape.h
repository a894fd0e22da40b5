#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct FlattenConfig {
  std::int64_t first_axis = 1;
};

/// Joins first_axis and all behind it: [N, H, W, C] -> [N, H W C]. N may be 0. ErrorKind::usage if
/// the input has no such axis.
class Flatten : public Module {
 public:
  using Config = FlattenConfig;
  explicit Flatten(FlattenConfig config = {}) : first_axis_(config.first_axis) {}

  Tensor forward(const Tensor& x) override { return x.flatten(first_axis_); }
  std::string describe() const override { return "Flatten"; }

 private:
  std::int64_t first_axis_;
};

struct ReshapeConfig {
  Shape shape;  ///< of one example, without the batch axis: {7, 7, 64}
};

/// [N, ...] -> [N, shape...]. N may be 0. ErrorKind::usage if the sizes do not fit.
class Reshape : public Module {
 public:
  using Config = ReshapeConfig;
  explicit Reshape(ReshapeConfig config) : shape_(config.shape) {}

  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Reshape" + shape_.str(); }

 private:
  Shape shape_;
};

}  // namespace varve
