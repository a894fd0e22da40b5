#include "backends/cpu/memory.h"

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "framework/core/error.h"

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
  std::map<std::size_t, std::vector<std::byte*>> free;  ///< by class

  ~State() { trim(); }
  void trim() {
    const std::lock_guard lock(mutex);
    for (auto& [bytes, blocks] : free) {
      for (std::byte* block : blocks) ::operator delete(block, alignment);
    }
    free.clear();
  }
  std::byte* take(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    const auto found = free.find(bytes);
    if (found == free.end() || found->second.empty()) return nullptr;
    std::byte* block = found->second.back();
    found->second.pop_back();
    return block;
  }
  void give(std::size_t bytes, std::byte* block) {
    const std::lock_guard lock(mutex);
    free[bytes].push_back(block);
  }
};

struct MemoryPool::Block : Storage {
  Block(std::shared_ptr<State> owner, std::size_t requested, std::byte* memory)
      : state(std::move(owner)) {
    bytes = requested;
    host = memory;
  }
  ~Block() override {
    if (host != nullptr) state->give(size_class(bytes), host);
  }
  std::shared_ptr<State> state;
};

MemoryPool::MemoryPool() : state_(std::make_shared<State>()) {}

Buffer MemoryPool::allocate(std::size_t bytes) {
  return Buffer(std::make_shared<Block>(state_, bytes, take(bytes)));
}

Buffer MemoryPool::promise(std::size_t bytes) {
  return Buffer(std::make_shared<Block>(state_, bytes, nullptr));
}

void MemoryPool::fulfil(const Buffer& buffer) {
  if (buffer.host() == nullptr) buffer.storage()->host = take(buffer.bytes());
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
