#pragma once

#include "framework/tensor/tensor.h"

namespace varve {

/// A weight over its largest singular value, as a matrix of one row an output: Miyato et al. 2018.
/// The value is estimated by power iteration, one step a forward() while training, from vectors
/// that are kept; 15 steps at first. Gradients flow through weight and value, not through the
/// vectors.
class SpectralNorm {
 public:
  /// u [outputs] and v [the other sizes' product] are the vectors: buffers of a layer, overwritten
  /// in place. `out_axis` of the weight counts the outputs.
  SpectralNorm(Tensor u, Tensor v, std::size_t out_axis);

  /// First vectors for a weight.
  static SpectralNorm make(const Tensor& weight, std::size_t out_axis);

  /// The weight to be used; with `step` the vectors move.
  Tensor operator()(const Tensor& weight, bool step) const;

  const Tensor& u() const { return u_; }
  const Tensor& v() const { return v_; }

 private:
  Tensor matrix(const Tensor& weight) const;

  Tensor u_, v_;
  std::size_t out_axis_;
};

}  // namespace varve
