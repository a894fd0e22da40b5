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

/// A step in a form in which two are compared: equal keys, equal work, on the same memory but for
/// the promised buffers. Only the numbers of its constants are kept apart.
struct StepKey {
  std::vector<std::uint64_t> words;
  std::vector<double> constants;
};
/// Writes the key of a step over another one, whose memory it takes.
void write_key(const RecordedStep& step, const BufferUses& uses, StepKey& key);

}  // namespace varve
