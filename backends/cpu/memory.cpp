#include "backends/cpu/memory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/recycled.h"

namespace varve::cpu {

namespace {

constexpr std::align_val_t alignment{64};

/// Four classes to a power of two: at most a fifth is wasted.
std::size_t size_class(std::size_t bytes) {
  const std::size_t needed = std::max<std::size_t>(bytes, 256);
  const std::size_t step = std::bit_floor(needed) / 4;
  return (needed + step - 1) / step * step;
}

std::byte* from_system(std::size_t bytes) {
  return static_cast<std::byte*>(::operator new(bytes, alignment, std::nothrow));
}

}  // namespace

struct MemoryPool::State {
  std::mutex mutex;
  /// By class, the blocks that are free: each begins with the address of the next, so that giving
  /// one back, which a destructor does, needs no memory.
  std::map<std::size_t, std::byte*> free;

  ~State() { trim(); }
  void trim() {
    const std::lock_guard lock(mutex);
    for (auto& [bytes, first] : free) {
      while (std::byte* block = pop(first)) ::operator delete(block, alignment);
    }
  }
  std::byte* take(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    return pop(free[bytes]);
  }
  /// Of a class that take() has been asked for.
  void give(std::size_t bytes, std::byte* block) {
    const std::lock_guard lock(mutex);
    std::byte*& first = free.at(bytes);
    std::memcpy(block, &first, sizeof(first));
    first = block;
  }

 private:
  static std::byte* pop(std::byte*& first) {
    std::byte* block = first;
    if (block != nullptr) std::memcpy(&first, block, sizeof(first));
    return block;
  }
};

struct MemoryPool::Block : Storage {
  explicit Block(std::size_t requested) { bytes = requested; }
  ~Block() override {
    if (host != nullptr) state->give(size_class(bytes), host);
  }
  std::shared_ptr<State> state;  ///< where the memory goes, if it has any
};

MemoryPool::MemoryPool() : state_(std::make_shared<State>()) {}

Buffer MemoryPool::allocate(std::size_t bytes) {
  Buffer buffer = promise(bytes);  // first: a block that is not there loses no memory
  fulfil(buffer);
  return buffer;
}

Buffer MemoryPool::promise(std::size_t bytes) { return Buffer(make_recycled<Block>(bytes)); }

void MemoryPool::fulfil(const Buffer& buffer) {
  if (buffer.host() != nullptr) return;
  buffer.storage()->host = take(buffer.bytes());
  static_cast<Block*>(buffer.storage())->state = state_;
}

std::byte* MemoryPool::take(std::size_t bytes) {
  const std::size_t rounded = size_class(bytes);
  std::byte* memory = rounded < bytes ? nullptr : state_->take(rounded);
  if (memory == nullptr && rounded >= bytes) memory = from_system(rounded);
  if (memory == nullptr && rounded >= bytes) {
    trim();
    memory = from_system(rounded);
  }
  if (memory == nullptr) {
    fail(ErrorKind::memory, "[cpu] no {} bytes of memory left, use a smaller batch or model",
         bytes);
  }
  return memory;
}

void MemoryPool::trim() { state_->trim(); }

}  // namespace varve::cpu
