#include "backends/vulkan/staging.h"

namespace varve::vulkan {

namespace {

constexpr std::size_t alignment = 16;

}  // namespace

std::optional<Staging::Place> Staging::take(std::size_t bytes) {
  const std::uint64_t open = queue_.submitted() + 1;
  if (chunks_[current_].used + bytes > chunk_bytes) {
    std::size_t next = (current_ + 1) % chunks_.size();
    const bool busy = chunks_[next].number == open || !queue_.done(chunks_[next].number);
    if (busy && chunks_.size() < most_chunks) {
      next = current_ + 1;
      chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(next), Chunk{});
    }
    if (chunks_[next].number == open) return {};
    queue_.wait(chunks_[next].number);
    chunks_[next].used = 0;
    current_ = next;
  }
  Chunk& chunk = chunks_[current_];
  if (!chunk.buffer) chunk.buffer = memory_.allocate(chunk_bytes, MemoryKind::upload);
  const Allocation& memory = allocation(chunk.buffer);
  const Place place{{memory.block, memory.offset + chunk.used, bytes, Binding::Access::read},
                    memory.mapped + chunk.used};
  chunk.used += (bytes + alignment - 1) / alignment * alignment;
  chunk.number = open;
  return place;
}

}  // namespace varve::vulkan
