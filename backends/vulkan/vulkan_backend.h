#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "framework/backend/backend.h"
#include "framework/backend/registry.h"

namespace varve {

namespace vulkan {

class Instance;
struct PhysicalDevice;

/// The backend on a device of an instance.
std::unique_ptr<Backend> make_backend(std::shared_ptr<Instance> instance,
                                      const PhysicalDevice& device);

}  // namespace vulkan

/// Any Vulkan 1.2 device. The argument is an index, a part of the device's name or its UUID; empty:
/// VARVE_VULKAN_DEVICE, else the best device. Throws ErrorKind::device, "Vulkan unavailable: ...".
std::unique_ptr<Backend> make_vulkan_backend(std::string_view argument);

/// Every device, or one that is not available with the reason.
std::vector<DeviceInfo> vulkan_devices();

}  // namespace varve
