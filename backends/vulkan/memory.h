#pragma once

#include <volk.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "backends/vulkan/context.h"
#include "framework/core/buffer.h"

namespace varve::vulkan {

/// A part of a block of device memory. `bytes` is what was asked for; `capacity` what there is, a
/// multiple of 256. Storage::host stays null: what the device may be using is not for anybody's
/// hands.
struct Allocation : Storage {
  VkBuffer block = VK_NULL_HANDLE;
  std::uint64_t offset = 0;  ///< within the block, a multiple of 256
  std::uint64_t capacity = 0;
  std::byte* mapped = nullptr;  ///< where the host can address it; the device may be using it
};

enum class MemoryKind {
  device,    ///< tensors
  upload,    ///< written by the host, read by the device
  readback,  ///< written by the device, read by the host: cached
};

/// Blocks of device memory (64 MiB, or larger for a larger tensor), each one VkBuffer, from which
/// allocations are cut: best fit, neighbours merged when they are free. A freed part is handed out
/// again at once: the queue runs in order and hazards are tracked by range, so what is written next
/// waits for what is still read. Only whole blocks that go back to the driver wait for the queue.
///
/// Every function may be called on any thread. Buffers may outlive the Memory; then they hold
/// nothing any more.
class Memory {
 public:
  explicit Memory(const Context& context);
  ~Memory();  ///< the queue must be idle
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// The content is undefined; 0 bytes are allowed. Throws ErrorKind::memory with what was wanted,
  /// what is in use and what the device has.
  Buffer allocate(std::size_t bytes, MemoryKind kind = MemoryKind::device);
  /// A buffer without memory on the device, until fulfil() gives it some. Errors as allocate.
  Buffer promise(std::size_t bytes);
  void fulfil(const Buffer& buffer);
  /// Gives blocks that hold nothing back to the driver. The queue must be idle.
  void trim();
  /// What makes the queue idle, called before memory is given up for lost.
  void on_pressure(std::function<void()> wait);
  std::uint64_t bytes_in_use() const;
  std::uint64_t bytes_reserved() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The allocation behind a buffer of this backend.
inline const Allocation& allocation(const Buffer& buffer) {
  return *static_cast<const Allocation*>(buffer.storage());
}

}  // namespace varve::vulkan
