#pragma once

#include <volk.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "backends/vulkan/instance.h"
#include "framework/platform/platform.h"

namespace varve::vulkan {

/// What kernels want to know of a device.
struct Traits {
  bool software = false;             ///< lavapipe and its like: a processor that plays a GPU
  std::uint32_t compute_units = 32;  ///< streaming multiprocessors; a guess where it is not told
  std::uint32_t shared_bytes = 16384;
  std::uint32_t max_groups = 65535;      ///< of one axis of a dispatch
  std::uint32_t buffer_alignment = 256;  ///< of a bound range's start
  std::uint64_t max_range = 0;           ///< bytes of one bound range
  std::uint32_t push_bytes = 128;
  std::uint32_t subgroup_size = 1;  ///< invocations that can read each other's values
  bool int64 = false;               ///< i64 arithmetic in shaders, else on pairs of words
  bool int8 = false;                ///< memory by the byte in shaders, else by parts of words
  bool push_descriptors = false;
  bool host_memory = false;  ///< all memory can be addressed by the host (integrated, software)
  bool split_k = true;
  std::string tiles;  ///< as Options::tiles
};

/// The logical device, its one queue, and what it can do.
class Context {
 public:
  /// Throws ErrorKind::device, "Vulkan unavailable: ...", if the driver refuses.
  Context(std::shared_ptr<Instance> instance, const PhysicalDevice& device);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// Whether the driver may be called. Not in a child of the process that opened the device, where
  /// its threads and locks are not, and not after close(): then nothing is given back to it either.
  bool usable() const { return !closed_ && !mark_.forked(); }
  /// Throws ErrorKind::device, saying why, if it may not.
  void check_usable() const;
  /// The process ends, and its drivers may before the last tensors do.
  void close() { closed_ = true; }

  const PhysicalDevice& physical() const { return physical_; }
  VkDevice device() const { return device_; }
  VkQueue queue() const { return queue_; }
  std::uint32_t queue_family() const { return physical_.queue_family; }
  const VolkDeviceTable& api() const { return api_; }  ///< call device functions through it
  const Options& options() const { return instance_->options(); }
  const Traits& traits() const { return traits_; }
  const VkPhysicalDeviceMemoryProperties& memory() const { return memory_; }
  double timestamp_period_ns() const { return timestamp_period_; }  ///< 0: no timestamps

  /// Bytes that this process may still use of a heap: by the driver's account of the moment where
  /// it keeps one (VK_EXT_memory_budget), else the heap's size less `in_use`.
  std::uint64_t free_bytes(std::uint32_t heap, std::uint64_t in_use) const;

  /// A name for the validation layers and debuggers.
  void label(VkObjectType type, std::uint64_t handle, const std::string& name) const;

  /// Passes success. VK_ERROR_DEVICE_LOST throws ErrorKind::device with `report()`, what the device
  /// was doing; memory errors throw ErrorKind::memory; all others ErrorKind::device, naming `what`.
  /// Once the device is lost every further check throws.
  void check(VkResult result, std::string_view what) const;
  /// Whether a check has seen the device lost: nothing on it works any more.
  bool lost() const { return lost_; }
  /// Who tells what ran last: the stream sets it.
  void on_lost(std::function<std::string()> report) { report_ = std::move(report); }

 private:
  void create_device();
  void read_traits();
  /// What the driver knows of the end, or nothing.
  std::string fault() const;

  std::shared_ptr<Instance> instance_;
  PhysicalDevice physical_;
  platform::ForkMark mark_;
  std::atomic<bool> closed_{false};
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VolkDeviceTable api_{};
  PFN_vkSetDebugUtilsObjectNameEXT set_name_ = nullptr;
  Traits traits_;
  VkPhysicalDeviceMemoryProperties memory_{};
  double timestamp_period_ = 0;
  bool tells_budget_ = false, tells_fault_ = false;
  std::function<std::string()> report_;
  mutable bool lost_ = false;
};

/// "VK_ERROR_DEVICE_LOST".
std::string_view name(VkResult result);

}  // namespace varve::vulkan
