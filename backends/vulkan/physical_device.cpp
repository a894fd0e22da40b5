#include "backends/vulkan/physical_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <tuple>

#include "backends/vulkan/pipelines.h"
#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve::vulkan {
namespace {

std::string version(std::uint32_t api) {
  return fmt::format("{}.{}.{}", VK_API_VERSION_MAJOR(api), VK_API_VERSION_MINOR(api),
                     VK_API_VERSION_PATCH(api));
}

/// "6d657361-3232-2e33-2e36-000000000000"; empty for zeros.
std::string uuid_text(const std::uint8_t (&bytes)[VK_UUID_SIZE]) {
  if (std::all_of(std::begin(bytes), std::end(bytes), [](auto b) { return b == 0; })) return "";
  std::string text;
  for (std::size_t i = 0; i < VK_UUID_SIZE; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::vector<std::string> extension_names(VkPhysicalDevice handle) {
  std::uint32_t count = 0;
  vkEnumerateDeviceExtensionProperties(handle, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> properties(count);
  if (vkEnumerateDeviceExtensionProperties(handle, nullptr, &count, properties.data()) < 0)
    count = 0;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) names.emplace_back(properties[i].extensionName);
  std::sort(names.begin(), names.end());
  return names;
}

/// The first family that computes: on every driver so far that is also the one that its maker
/// tunes.
bool find_queue_family(PhysicalDevice& device) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, families.data());
  for (std::uint32_t i = 0; i < count; ++i) {
    if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) == 0 || families[i].queueCount == 0)
      continue;
    device.queue_family = i;
    device.timestamp_bits = families[i].timestampValidBits;
    return true;
  }
  return false;
}

std::uint64_t largest_local_heap(VkPhysicalDevice handle) {
  VkPhysicalDeviceMemoryProperties memory{};
  vkGetPhysicalDeviceMemoryProperties(handle, &memory);
  std::uint64_t largest = 0;
  for (std::uint32_t i = 0; i < memory.memoryHeapCount; ++i)
    if ((memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
      largest = std::max(largest, memory.memoryHeaps[i].size);
  return largest;
}

/// What Vulkan 1.1 and later say, and how many processors the makers' extensions tell.
void read_properties(PhysicalDevice& device) {
  VkPhysicalDeviceDriverProperties driver{};
  driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
  VkPhysicalDeviceIDProperties id{};
  id.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES;
  id.pNext = &driver;
  VkPhysicalDeviceSubgroupProperties subgroup{};
  subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  subgroup.pNext = &id;
  VkPhysicalDeviceMaintenance3Properties maintenance{};
  maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
  maintenance.pNext = &subgroup;
  VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nvidia{};
  nvidia.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV;
  VkPhysicalDeviceShaderCorePropertiesAMD amd{};
  amd.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD;
  VkPhysicalDeviceProperties2 all{};
  all.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  all.pNext = &maintenance;
  const auto chain = [&](auto& properties) {
    properties.pNext = all.pNext;
    all.pNext = &properties;
  };
  if (device.has(VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME)) chain(nvidia);
  if (device.has(VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME)) chain(amd);
  vkGetPhysicalDeviceProperties2(device.handle, &all);

  device.driver = fmt::format("{} {}", driver.driverName, driver.driverInfo);
  while (device.driver.ends_with(' ')) device.driver.pop_back();
  device.driver_id = driver.driverID;
  device.uuid = uuid_text(id.deviceUUID);
  device.driver_uuid = uuid_text(id.driverUUID);
  device.subgroup_size = subgroup.subgroupSize;
  device.subgroup_ballot = (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                           (subgroup.supportedOperations & VK_SUBGROUP_FEATURE_BALLOT_BIT) != 0;
  device.max_allocation = maintenance.maxMemoryAllocationSize;
  device.compute_units =
      std::max(nvidia.shaderSMCount, amd.shaderEngineCount * amd.shaderArraysPerEngineCount *
                                         amd.computeUnitsPerShaderArray);
  if (device.software())
    device.compute_units = static_cast<std::uint32_t>(platform::available_cores());
}

/// What of the optional features there is, and whether what Varve cannot do without is.
std::string read_features(PhysicalDevice& device) {
  VkPhysicalDeviceVulkan12Features features12{};
  features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &features12;
  vkGetPhysicalDeviceFeatures2(device.handle, &features);
  device.int64 = features.features.shaderInt64 == VK_TRUE;
  device.int8 = features12.shaderInt8 == VK_TRUE && features12.storageBuffer8BitAccess == VK_TRUE;

  const auto& limits = device.limits;
  if (features12.timelineSemaphore != VK_TRUE)
    return "it has no timeline semaphores; update its driver";
  if (limits.maxPerStageDescriptorStorageBuffers < max_bindings)
    return fmt::format("a shader can use {} storage buffers, {} are needed",
                       limits.maxPerStageDescriptorStorageBuffers, max_bindings);
  if (limits.maxComputeWorkGroupInvocations < 256 || limits.maxComputeWorkGroupSize[0] < 256)
    return fmt::format(
        "a work group has at most {} invocations, 256 are needed",
        std::min(limits.maxComputeWorkGroupInvocations, limits.maxComputeWorkGroupSize[0]));
  return "";
}

int kind_rank(const PhysicalDevice& device) {
  switch (device.type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return 0;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return 1;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return 2;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return 4;
    default:
      return 3;
  }
}

/// Where two drivers offer one device: which is known to compute better, lowest first.
int driver_rank(VkDriverId driver) {
  switch (driver) {
    case VK_DRIVER_ID_MESA_RADV:
    case VK_DRIVER_ID_INTEL_OPEN_SOURCE_MESA:
    case VK_DRIVER_ID_NVIDIA_PROPRIETARY:
      return 0;
    case VK_DRIVER_ID_AMD_OPEN_SOURCE:
      return 1;
    case VK_DRIVER_ID_MESA_NVK:
    case VK_DRIVER_ID_MESA_DOZEN:
      return 3;
    default:
      return 2;
  }
}

/// MoltenVK gives distinct devices one UUID.
bool tells_its_uuid(const PhysicalDevice& device) {
  return !device.uuid.empty() && device.driver_id != VK_DRIVER_ID_MOLTENVK;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string without_dashes(std::string text) {
  std::erase(text, '-');
  return text;
}

const PhysicalDevice* find(std::span<const PhysicalDevice> devices, std::string_view wanted) {
  if (is_number(wanted)) {
    std::size_t index = devices.size();
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
    if (index < devices.size()) return &devices[index];
  }
  const std::string key = lower(wanted);
  for (const auto& device : devices)
    if (!device.uuid.empty() && without_dashes(lower(device.uuid)) == without_dashes(key))
      return &device;
  for (const auto& device : devices)
    if (lower(device.name).find(key) != std::string::npos) return &device;
  return nullptr;
}

std::string listing(std::span<const PhysicalDevice> devices) {
  std::string text;
  for (const auto& device : devices)
    text += fmt::format("{}vulkan:{} ({})", text.empty() ? "" : ", ", device.index, device.name);
  return text;
}

}  // namespace

bool PhysicalDevice::has(std::string_view extension) const {
  return std::binary_search(extensions.begin(), extensions.end(), extension);
}

std::string_view PhysicalDevice::kind() const {
  constexpr std::array<std::string_view, 5> names{"discrete", "integrated", "virtual", "other",
                                                  "software"};
  return names[static_cast<std::size_t>(kind_rank(*this))];
}

PhysicalDevice inspect(VkPhysicalDevice handle) {
  VkPhysicalDeviceProperties properties{};
  vkGetPhysicalDeviceProperties(handle, &properties);
  PhysicalDevice device;
  device.handle = handle;
  device.name = properties.deviceName;
  device.api = version(properties.apiVersion);
  device.type = properties.deviceType;
  device.driver_version = properties.driverVersion;
  device.limits = properties.limits;
  device.memory = largest_local_heap(handle);
  if (properties.apiVersion < VK_API_VERSION_1_2) {
    device.unusable =
        fmt::format("it offers Vulkan {}, 1.2 is needed; update its driver", device.api);
    return device;
  }
  device.extensions = extension_names(handle);
  read_properties(device);
  device.unusable = read_features(device);
  if (!find_queue_family(device)) device.unusable = "it has no queue that computes";
  return device;
}

std::vector<PhysicalDevice> arrange(std::vector<PhysicalDevice> found) {
  const auto place = [](const PhysicalDevice& device) {
    return std::tuple(!device.unusable.empty(), kind_rank(device));
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::vector<PhysicalDevice> kept;
  for (auto& device : found) {
    const auto twin = std::find_if(kept.begin(), kept.end(), [&](const auto& other) {
      return tells_its_uuid(device) && tells_its_uuid(other) && device.uuid == other.uuid;
    });
    if (twin == kept.end()) {
      kept.push_back(std::move(device));
    } else if (device.unusable.empty() == twin->unusable.empty() &&
               driver_rank(device.driver_id) < driver_rank(twin->driver_id)) {
      *twin = std::move(device);
    }
  }
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i].index = static_cast<int>(i);
  return kept;
}

Choice select(std::span<const PhysicalDevice> devices, std::string_view argument,
              std::string_view environment) {
  if (devices.empty())
    fail(ErrorKind::device,
         "Vulkan unavailable: there is a driver, but no device that it drives; check that the "
         "graphics card is seen (lspci) and that /dev/dri may be opened");
  const bool by_environment = argument.empty();
  const auto wanted = by_environment ? environment : argument;
  const PhysicalDevice* device = wanted.empty() ? &devices.front() : find(devices, wanted);
  if (device == nullptr)
    fail(ErrorKind::device, "Vulkan unavailable: no device fits '{}'{}; there are {}", wanted,
         by_environment ? " (VARVE_VULKAN_DEVICE)" : "", listing(devices));
  if (!device->unusable.empty())
    fail(ErrorKind::device, "Vulkan unavailable: {} cannot be used: {}", device->name,
         device->unusable);
  return {device, wanted.empty() && device->software()};
}

}  // namespace varve::vulkan
