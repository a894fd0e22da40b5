#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "backends/vulkan/encoder.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/queue.h"

namespace varve::vulkan {

/// Host memory for values on their way to the device: chunks in turn, each written again once the
/// submission that last read from it is done. They are as many as it takes that the host does not
/// wait for the device, up to 64 MiB.
class Staging {
 public:
  static constexpr std::size_t chunk_bytes = 2 << 20;
  static constexpr std::size_t most_chunks = 32;

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
  std::vector<Chunk> chunks_{2};
  std::size_t current_ = 0;
};

}  // namespace varve::vulkan
