#pragma once

#include <cstdint>

#include "framework/nn/linear.h"
#include "framework/tensor/functional.h"

namespace varve {

struct MultiheadAttentionConfig {
  std::int64_t features = 0;  ///< of query, key, value and result: a multiple of the heads
  std::int64_t heads = 1;
  bool bias = true;
  bool causal = false;  ///< a place looks at itself and those before it only
  double dropout = 0;   ///< probability of a zero among the weights, while training
  DType dtype = DType::f32;
};

/// Attention between sequences by several heads, each on a part of the features, with a linear map
/// before and after: [..., places, features] -> [..., queries, features]. Vaswani et al. 2017,
/// section 3.2.2. The batch comes first. Parameters, names and first values as PyTorch's
/// MultiheadAttention of equal sizes: in_proj_weight [3 features, features] from Glorot's uniform
/// distribution, in_proj_bias and out_proj.bias 0, out_proj.weight from U(+-1 / sqrt(features)).
/// ErrorKind::usage for a configuration out of range, and for inputs that do not fit.
class MultiheadAttention : public Module {
 public:
  using Config = MultiheadAttentionConfig;
  explicit MultiheadAttention(MultiheadAttentionConfig config);

  /// Of a sequence to itself.
  Tensor forward(const Tensor& x) override;
  /// Of one to another: key and value are as long as each other. `mask`: see AttentionOptions, one
  /// for all heads, [queries, keys] or with leading axes; in a bool one true is where a query may
  /// look (PyTorch's MultiheadAttention has it the other way round, its function does not).
  Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
                const Tensor& mask = {});
  std::string describe() const override;

 private:
  /// Row block `part` of the map before, and the features of each head apart.
  Tensor project(const Tensor& x, std::int64_t part) const;

  MultiheadAttentionConfig config_;
  Tensor weight_, bias_;
  Linear out_;
};

}  // namespace varve
