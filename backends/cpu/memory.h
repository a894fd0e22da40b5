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
  /// A buffer without memory, until fulfil() gives it some. Errors as allocate.
  Buffer promise(std::size_t bytes);
  void fulfil(const Buffer& buffer);
  /// Gives back to the system what nobody holds.
  void trim();

 private:
  struct State;
  struct Block;
  std::byte* take(std::size_t bytes);
  std::shared_ptr<State> state_;
};

}  // namespace varve::cpu
