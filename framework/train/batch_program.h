#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/data/loader.h"
#include "framework/program/capture.h"
#include "framework/train/evaluate.h"

namespace varve {

/// Device tensors that batches of one size are uploaded into.
struct BatchTensors {
  BatchTensors(const Batch& batch, const Device& device);
  void upload(const Batch& batch);

  Tensor input, target, labels;  ///< target is input where the batch has none of its own
};

/// Runs a function of a batch that computes terms, and reads these back. With `capture` there is a
/// recorded program for each batch size (the last batch of an epoch may be smaller).
class BatchProgram {
 public:
  /// `function` returns at least one term, each of one element, under the same names every time.
  BatchProgram(LossFunction function, Device device, bool capture);

  /// The terms, one download for all.
  const Metrics& operator()(const Batch& batch);

 private:
  struct Size {
    BatchTensors tensors;
    std::optional<Captured> captured;
  };
  Size& size_of(const Batch& batch);
  Tensors run(const Tensors& inputs);
  void read(const Tensor& report);

  LossFunction function_;
  Device device_;
  bool capture_;
  std::map<std::int64_t, Size> sizes_;
  Metrics terms_;
};

}  // namespace varve
