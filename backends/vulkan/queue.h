#pragma once

#include <volk.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "backends/vulkan/context.h"

namespace varve::vulkan {

/// The device's queue. Submissions run in order and are numbered from 1 on.
class Queue {
 public:
  explicit Queue(Context& context);
  ~Queue();  ///< waits for everything
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Returns the submission's number.
  std::uint64_t submit(std::span<const VkCommandBuffer> commands);
  /// The last submission's number.
  std::uint64_t submitted() const { return submitted_; }
  bool done(std::uint64_t number);
  /// Waits; says on stderr what it waits for when that takes longer than Options::timeout.
  void wait(std::uint64_t number);

  /// What the next submission does, for the report of a lost device.
  void note(std::string_view what);
  /// "linear, add, adam_step (submission 12)": the last that was noted.
  std::string last() const;

 private:
  Context& context_;
  VkSemaphore timeline_ = VK_NULL_HANDLE;
  std::uint64_t submitted_ = 0, done_ = 0;
  std::array<std::string, 64> notes_;
  std::size_t noted_ = 0;
};

}  // namespace varve::vulkan
