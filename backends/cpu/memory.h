#pragma once

#include <cstddef>
#include <memory>

#include "framework/core/buffer.h"

namespace varve::cpu {

/// Memory in size classes, kept for reuse: a training step asks for the same sizes again and again.
/// Buffers may outlive it and may be dropped on any thread.
class MemoryPool {
 public:
  MemoryPool();
  /// At least `bytes`, aligned to 64. Throws ErrorKind::memory.
  Buffer allocate(std::size_t bytes);
  /// Gives back to the system what nobody holds.
  void trim();

 private:
  struct State;
  struct Block;
  std::shared_ptr<State> state_;
};

}  // namespace varve::cpu
