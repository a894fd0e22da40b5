#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "backends/vulkan/encoder.h"
#include "framework/backend/backend.h"

namespace varve::vulkan {

/// A part of a program: one command, or elementwise commands that run as one dispatch.
struct Step {
  std::vector<Command> commands;  ///< in order; more than one only in a chain
  bool chain = false;
  /// Temporaries that live within this chain, in registers: they need no memory, and the buffers
  /// of their views are never touched.
  std::set<const Storage*> held;
  /// Buffers that are filled with one number for good, which a chain need not read.
  std::map<const Storage*, double> constants;
};

/// Cuts the commands of a recording into steps, dropping those whose result has no elements. With
/// `fusion` elementwise commands over the same elements become chains; without, every command is a
/// step of its own. The results are the same bits either way, but for the sign of a NaN.
///
/// `temporaries` are the buffers that nobody but the recording holds: their content does not matter
/// after the last command. `constants` are the recording's.
std::vector<Step> group(std::vector<Command> commands, std::span<const Command> constants,
                        const std::set<const Storage*>& temporaries, const Traits& traits,
                        bool fusion);

/// Encodes a step for which `chain` is set: one dispatch, or several for views that a shader cannot
/// take at once. The views of its commands may have moved to other buffers since group(), all views
/// of a buffer together, except those of `held` and `constants`.
void encode_chain(const Step& step, Encoder& encoder);

}  // namespace varve::vulkan
