#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/vulkan/encoder.h"

namespace varve::vulkan {

/// What was read and written since the last barrier, by range, to tell where the next one must be.
class Hazards {
 public:
  /// Whether something that binds these ranges must wait for what was noted: it reads what was
  /// written, or writes what was read or written. Two flags of one range are atomic and meet
  /// freely.
  bool conflict(std::span<const Binding> bindings) const;
  void note(std::span<const Binding> bindings);
  /// After a barrier.
  void clear();

 private:
  std::vector<Binding> reads_, writes_, flags_;
};

}  // namespace varve::vulkan
