#pragma once

#include <cstdint>
#include <vector>

#include "framework/tensor/tensor.h"

namespace varve {

/// Lays parameters out in one contiguous buffer and their gradients in another, so that an
/// optimizer step is one command over all of them, and one buffer is what a distributed run would
/// all-reduce.
///
/// Every parameter keeps its handle, shape and values; only its memory moves. Parameters start at
/// multiples of 64 bytes; the gaps hold zeros in both buffers.
class ParameterArena {
 public:
  /// Throws ErrorKind::usage if there are none, or if they differ in dtype or device or do not
  /// require gradients. A tensor given twice is laid out once.
  explicit ParameterArena(const Tensors& parameters);

  /// All values, all gradients: [size()].
  const Tensor& values() const { return values_; }
  const Tensor& gradients() const { return gradients_; }
  const Tensors& parameters() const { return parameters_; }
  const std::vector<std::int64_t>& offsets() const { return offsets_; }
  std::int64_t size() const { return values_.numel(); }

  /// Forgets the gradients; the next backward() overwrites them.
  void zero_grad();
  /// Readies gradients() for use: parameters that backward() did not reach get zeros. Throws
  /// ErrorKind::usage if a parameter has since been laid out elsewhere (by a second optimizer).
  void settle();

 private:
  Tensor slot(const Tensor& arena, std::size_t i) const;

  Tensors parameters_;
  std::vector<std::int64_t> offsets_;
  Tensor values_, gradients_;
};

}  // namespace varve
