#pragma once

#include <volk.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace varve::vulkan {

/// A device that the machine has, as its driver describes it.
struct PhysicalDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  int index = 0;  ///< vulkan:index
  std::string name, driver, api;
  VkPhysicalDeviceType type = VK_PHYSICAL_DEVICE_TYPE_OTHER;
  std::uint64_t memory = 0;  ///< bytes of the largest device-local heap
  std::string unusable;      ///< why Varve cannot use it; empty: it can

  std::string uuid;         ///< of the device, 8-4-4-4-12; empty if the driver does not tell
  std::string driver_uuid;  ///< of the driver
  std::uint32_t driver_version = 0;
  VkDriverId driver_id = VK_DRIVER_ID_MAX_ENUM;
  VkPhysicalDeviceLimits limits{};
  std::uint32_t queue_family = 0;       ///< the first that computes
  std::uint32_t timestamp_bits = 0;     ///< of that family; 0: it has no clock
  std::uint32_t subgroup_size = 0;      ///< invocations in step
  bool subgroup_ballot = false;         ///< compute shaders have subgroupBroadcast
  std::uint32_t compute_units = 0;      ///< 0: not told
  std::uint64_t max_allocation = 0;     ///< bytes of one piece of memory
  bool int64 = false;                   ///< shaderInt64
  bool int8 = false;                    ///< shaderInt8 and storageBuffer8BitAccess
  std::vector<std::string> extensions;  ///< sorted

  bool software() const { return type == VK_PHYSICAL_DEVICE_TYPE_CPU; }
  bool has(std::string_view extension) const;
  /// "discrete", "integrated", "virtual", "software", "other".
  std::string_view kind() const;
};

/// Asks the driver. A device that Varve cannot use has the reason in `unusable`.
PhysicalDevice inspect(VkPhysicalDevice handle);

/// What there is in the order of `vulkan:index`: what can be used before what cannot, then
/// discrete, integrated, virtual, other, software; the rest as given. A device that two drivers
/// offer (one UUID) stays once, with the better driver.
std::vector<PhysicalDevice> arrange(std::vector<PhysicalDevice> found);

struct Choice {
  const PhysicalDevice* device = nullptr;
  bool software_unasked = false;  ///< nobody named it, and there is nothing better
};

/// The device that `argument` names, else the one that `environment` (VARVE_VULKAN_DEVICE) names,
/// else the first. A name is an index, a UUID (with or without dashes), or a part of the device's
/// name; case does not matter. Throws ErrorKind::device, "Vulkan unavailable: ...", naming what
/// there is.
Choice select(std::span<const PhysicalDevice> devices, std::string_view argument,
              std::string_view environment);

}  // namespace varve::vulkan
