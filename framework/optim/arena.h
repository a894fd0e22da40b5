#pragma once

#include <cstdint>
#include <vector>

#include "framework/tensor/tensor.h"

namespace varve {

/// Parameters that lie in one contiguous buffer, and their gradients in another, so that an
/// optimizer step is one command over all of them, and one buffer is what a distributed run would
/// all-reduce.
///
/// Every parameter keeps its handle, shape and values, and views of it follow; only its memory
/// moves, once: a later arena of the same parameters finds them where they are. Parameters start at
/// multiples of 64 bytes; the gaps hold zeros in both buffers.
class ParameterArena {
 public:
  /// Neighbours in memory, as one row of values and one of gradients.
  struct Run {
    Tensor values, gradients;  ///< [size]
    std::int64_t offset = 0;   ///< among size(): where moments of an optimizer lie
    std::int64_t size = 0;
    std::size_t first = 0, count = 0;  ///< of parameters()
  };

  /// Throws ErrorKind::usage if there are none, or if one is not floating point, is a result of
  /// other tensors, has another dtype or device than the first, or is a part of other memory. A
  /// tensor given twice counts once; one that is frozen may be thawed later.
  explicit ParameterArena(const Tensors& parameters);

  const Tensors& parameters() const { return parameters_; }
  /// Where each parameter starts among size().
  const std::vector<std::int64_t>& offsets() const { return offsets_; }
  std::int64_t size() const { return size_; }
  DType dtype() const { return parameters_[0].dtype(); }
  const Device& device() const { return parameters_[0].device(); }

  /// All parameters, in as few runs as their memory allows: one, unless some were laid out by an
  /// earlier arena together with others.
  const std::vector<Run>& runs() const { return runs_; }
  /// Those that have a gradient now and require one, each with it in Run::gradients. What has been
  /// frozen or was not reached by backward() is left out.
  std::vector<Run> active();
  /// The part of a run that parameters [first, first + count) take.
  Run part(std::size_t first, std::size_t count) const;
  /// One row [size()] of all values or gradients: memory of the arena if there is one run. Throws
  /// ErrorKind::usage if there are several.
  const Tensor& values() const { return only().values; }
  const Tensor& gradients() const { return only().gradients; }

  /// Forgets the gradients; the next backward() writes new ones.
  void zero_grad();

 private:
  const Run& only() const;
  void lay_out(const Tensors& fresh);
  bool settle(std::size_t i);

  Tensors parameters_;
  std::vector<std::int64_t> offsets_;
  std::int64_t size_ = 0;
  std::vector<Run> runs_;
};

}  // namespace varve
