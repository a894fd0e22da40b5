#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "backends/vulkan/encoder.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/queue.h"

namespace varve::vulkan {

/// Host memory for values on their way to the device: a few chunks in turn, each written again once
/// the submission that last read from it is done.
class Staging {
 public:
  static constexpr std::size_t chunk_bytes = 2 << 20;

  struct Place {
    Binding binding;
    std::byte* host;
  };

  Staging(Memory& memory, Queue& queue) : memory_(memory), queue_(queue) {}

  /// Memory for at most chunk_bytes, which the submission after the last one is going to read.
  /// Nothing if all of it is waiting for that very submission: submit, and ask again.
  std::optional<Place> take(std::size_t bytes);

 private:
  struct Chunk {
    Buffer buffer;
    std::size_t used = 0;
    std::uint64_t number = 0;  ///< of the submission that reads it last
  };

  Memory& memory_;
  Queue& queue_;
  std::array<Chunk, 4> chunks_;
  std::size_t current_ = 0;
};

}  // namespace varve::vulkan
