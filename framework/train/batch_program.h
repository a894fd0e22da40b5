#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/loader.h"
#include "framework/program/capture.h"
#include "framework/tensor/reading.h"
#include "framework/train/evaluate.h"

namespace varve {

/// Device tensors that batches of one size are uploaded into.
struct BatchTensors {
  BatchTensors(const Batch& batch, const Device& device);
  void upload(const Batch& batch);

  Tensor input, target, labels;  ///< target is input where the batch has none of its own
};

/// The terms of a batch that the device may still be at.
class PendingTerms {
 public:
  PendingTerms(std::vector<std::string> names, PendingArray values)
      : names_(std::move(names)), values_(std::move(values)) {}
  /// Waits for them. Call it once.
  Metrics get();

 private:
  std::vector<std::string> names_;
  PendingArray values_;
};

/// Runs a function of a batch that computes terms, and reads these back. With `capture` there is a
/// recorded program for each batch size (the last batch of an epoch may be smaller).
class BatchProgram {
 public:
  /// `function` returns at least one term, each of one element, under the same names every time.
  /// `non_finite`, a 0-d f32 tensor on the device, becomes NaN and stays so once a term is not
  /// finite; undefined: nobody wants to know.
  BatchProgram(LossFunction function, Device device, bool capture, Tensor non_finite = {});

  /// Sends the batch off: one download for all terms.
  PendingTerms start(const Batch& batch);
  Metrics operator()(const Batch& batch) { return start(batch).get(); }

 private:
  struct Size {
    BatchTensors tensors;
    std::optional<Captured> captured;
  };
  Size& size_of(const Batch& batch);
  Tensors run(const Tensors& inputs);

  LossFunction function_;
  Device device_;
  bool capture_;
  Tensor non_finite_;
  std::map<std::int64_t, Size> sizes_;
  std::vector<std::string> names_;  ///< of the latest batch
};

}  // namespace varve
