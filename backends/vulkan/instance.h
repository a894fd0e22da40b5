#pragma once

#include <volk.h>

#include <memory>
#include <string_view>
#include <vector>

#include "backends/vulkan/options.h"
#include "backends/vulkan/physical_device.h"
#include "backends/vulkan/validation.h"
#include "framework/platform/platform.h"

namespace varve::vulkan {

/// libvulkan, opened at run time, and its instance.
class Instance {
 public:
  /// Throws ErrorKind::device "Vulkan unavailable: reason" without a library or a driver, or if
  /// validation is asked for and its layer is not installed.
  explicit Instance(Options options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  VkInstance handle() const { return handle_; }
  const Options& options() const { return options_; }
  /// Whether this is a child of the process that made it, for which it is of no use.
  bool forked() const { return mark_.forked(); }
  bool debug_utils() const { return debug_utils_; }
  /// Best first: see arrange().
  const std::vector<PhysicalDevice>& devices() const { return devices_; }

  /// The device that a user means: an index, a part of a name (any case), or a UUID; empty: the
  /// environment's VARVE_VULKAN_DEVICE, else the first. Throws ErrorKind::device
  /// "Vulkan unavailable: ..." when there is none, listing what there is when none fits. A software
  /// device that nobody named is taken only when nothing else exists, with a warning on stderr.
  const PhysicalDevice& choose(std::string_view argument) const;

 private:
  void destroy();

  Options options_;
  platform::ForkMark mark_;
  VkInstance handle_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  bool debug_utils_ = false;
  std::vector<PhysicalDevice> devices_;
};

/// The instance of this process, made by the first call; a call with other settings in the
/// environment makes another. Throws ErrorKind::device in a child of a process that had one. Throws
/// as Instance does, and as options_from_environment().
std::shared_ptr<Instance> instance();

}  // namespace varve::vulkan
