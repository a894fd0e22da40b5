#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct EmbeddingConfig {
  std::int64_t count = 1;     ///< how many different indices
  std::int64_t features = 1;  ///< length of a row
  DType dtype = DType::f32;
};

/// Integer indices [...] -> rows [..., features] of weight [count, features], which starts as
/// N(0, 1). ErrorKind::usage for indices that are no integers or not in [0, count); a device that
/// works asynchronously throws it when next waited for.
class Embedding : public Module {
 public:
  using Config = EmbeddingConfig;
  explicit Embedding(EmbeddingConfig config);

  Tensor forward(const Tensor& indices) override;
  std::string describe() const override;

  const Tensor& weight() const { return weight_; }

 private:
  EmbeddingConfig config_;
  Tensor weight_;
};

}  // namespace varve
