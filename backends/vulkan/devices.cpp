#include <fmt/format.h>

#include <string>
#include <utility>

#include "backends/vulkan/instance.h"
#include "backends/vulkan/vulkan_backend.h"
#include "framework/core/error.h"

namespace varve {
namespace vulkan {
namespace {

constexpr std::string_view unavailable = "Vulkan unavailable: ";

std::string without_prefix(std::string_view message) {
  if (message.starts_with(unavailable)) message.remove_prefix(unavailable.size());
  return std::string(message);
}

std::string bytes(std::uint64_t count) {
  constexpr std::uint64_t kib = 1024, mib = kib * kib, gib = mib * kib;
  const auto in = [&](std::uint64_t unit, std::string_view name) {
    const double value = static_cast<double>(count) / static_cast<double>(unit);
    return fmt::format("{:.{}f} {}", value, count % unit == 0 ? 0 : 1, name);
  };
  return count >= gib ? in(gib, "GiB") : count >= mib ? in(mib, "MiB") : in(kib, "KiB");
}

/// What Varve uses if the device has it.
std::string features(const PhysicalDevice& device) {
  std::string text;
  const auto add = [&](std::string_view name, bool has) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", has ? "" : "no ", name);
  };
  add("int64", device.int64);
  add("int8", device.int8);
  add("push descriptors", device.has(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME));
  add("timestamps", device.timestamp_bits > 0);
  add("memory budget", device.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME));
  add("fault reports", device.has(VK_EXT_DEVICE_FAULT_EXTENSION_NAME));
  return text;
}

std::vector<std::pair<std::string, std::string>> details(const PhysicalDevice& device) {
  const auto& limits = device.limits;
  std::vector<std::pair<std::string, std::string>> list{
      {"type", std::string(device.kind())},
      {"driver", device.driver},
      {"API", device.api},
      {"memory", bytes(device.memory)},
  };
  if (!device.unusable.empty()) return list;
  if (!device.uuid.empty()) list.emplace_back("UUID", device.uuid);
  if (device.compute_units > 0)
    list.emplace_back("compute units", std::to_string(device.compute_units));
  list.emplace_back("subgroup", fmt::format("{} invocations", device.subgroup_size));
  list.emplace_back("work group",
                    fmt::format("{} invocations, {} shared", limits.maxComputeWorkGroupInvocations,
                                bytes(limits.maxComputeSharedMemorySize)));
  list.emplace_back("largest buffer",
                    fmt::format("{} allocated, {} bound", bytes(device.max_allocation),
                                bytes(limits.maxStorageBufferRange)));
  list.emplace_back("features", features(device));
  return list;
}

DeviceInfo info(const PhysicalDevice& device) {
  DeviceInfo info;
  info.name = fmt::format("vulkan:{}", device.index);
  info.description = fmt::format("{}, {}, {}", device.name, device.kind(), bytes(device.memory));
  info.available = device.unusable.empty();
  info.reason = device.unusable;
  info.details = details(device);
  return info;
}

/// The device that nobody has to name, if it is a graphics card.
bool is_default_accelerator(const Instance& instance, const PhysicalDevice& device) {
  try {
    const auto chosen = select(instance.devices(), "", instance.options().device);
    return chosen.device == &device && !device.software();
  } catch (const Error&) {
    return false;  // VARVE_VULKAN_DEVICE names none of them, or one that cannot be used
  }
}

std::vector<DeviceInfo> list(const Instance& instance) {
  if (instance.devices().empty()) select({}, "", "");  // says so
  std::vector<DeviceInfo> found;
  for (const auto& device : instance.devices()) {
    found.push_back(info(device));
    found.back().accelerator = is_default_accelerator(instance, device);
  }
  return found;
}

}  // namespace
}  // namespace vulkan

std::vector<DeviceInfo> vulkan_devices() {
  try {
    return vulkan::list(*vulkan::instance());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) throw;  // a variable is wrong, not a device
    return {{"vulkan", "", false, vulkan::without_prefix(error.what())}};
  }
}

}  // namespace varve
