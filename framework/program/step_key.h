#pragma once

#include <cstdint>
#include <vector>

#include "framework/program/recorder.h"

namespace varve {

/// What became of the promised buffers of a step, each by its place in RecordedStep::buffers.
struct BufferUses {
  std::vector<bool> escapes;    ///< somebody holds it beyond the step
  std::vector<bool> constants;  ///< written once, from nothing: by a fill
};

/// Call it once the tensors of the step are gone, except those that stay.
BufferUses uses_of(const RecordedStep& step);

/// A buffer that outlives its step.
struct Escape {
  std::size_t buffer;  ///< its place in RecordedStep::buffers
  std::size_t bytes;
  friend bool operator==(const Escape&, const Escape&) = default;
};

/// A step in a form in which two are compared: equal words (see StepWords) and equal escapes, equal
/// work. Only the numbers of its constants are kept apart.
struct StepKey {
  std::vector<std::uint64_t> words;
  std::vector<Escape> escapes;
  std::vector<double> constants;

  bool same_work(const StepKey& other) const {
    return words == other.words && escapes == other.escapes;
  }
};
StepKey key_of(const RecordedStep& step, const BufferUses& uses);

}  // namespace varve
