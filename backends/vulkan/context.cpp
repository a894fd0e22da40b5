#include "backends/vulkan/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "backends/vulkan/pipelines.h"
#include "framework/core/error.h"

namespace varve::vulkan {
namespace {

// In vulkan_beta.h, which has no other use here.
constexpr const char* portability_subset = "VK_KHR_portability_subset";

/// Whether the driver can report faults: the extension alone does not say.
bool has_fault_feature(const PhysicalDevice& device) {
  if (!device.has(VK_EXT_DEVICE_FAULT_EXTENSION_NAME)) return false;
  VkPhysicalDeviceFaultFeaturesEXT fault{};
  fault.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &fault;
  vkGetPhysicalDeviceFeatures2(device.handle, &features);
  return fault.deviceFault == VK_TRUE;
}

std::uint32_t max_push_descriptors(const PhysicalDevice& device) {
  if (!device.has(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME)) return 0;
  VkPhysicalDevicePushDescriptorPropertiesKHR push{};
  push.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PUSH_DESCRIPTOR_PROPERTIES_KHR;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &push;
  vkGetPhysicalDeviceProperties2(device.handle, &properties);
  return push.maxPushDescriptors;
}

/// Whether every device-local heap has memory that the host can address without further ado.
bool host_addresses_all(const VkPhysicalDeviceMemoryProperties& memory) {
  constexpr VkMemoryPropertyFlags wanted = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT |
                                           VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                           VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  for (std::uint32_t heap = 0; heap < memory.memoryHeapCount; ++heap) {
    if ((memory.memoryHeaps[heap].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) == 0) continue;
    const auto* types = memory.memoryTypes;
    if (std::none_of(types, types + memory.memoryTypeCount, [&](const VkMemoryType& type) {
          return type.heapIndex == heap && (type.propertyFlags & wanted) == wanted;
        }))
      return false;
  }
  return true;
}

}  // namespace

Context::Context(std::shared_ptr<Instance> instance, const PhysicalDevice& device)
    : instance_(std::move(instance)), physical_(device) {
  vkGetPhysicalDeviceMemoryProperties(physical_.handle, &memory_);
  read_traits();
  create_device();
  volkLoadDeviceTable(&api_, device_);
  api_.vkGetDeviceQueue(device_, physical_.queue_family, 0, &queue_);
  if (instance_->debug_utils())
    set_name_ = reinterpret_cast<PFN_vkSetDebugUtilsObjectNameEXT>(
        vkGetInstanceProcAddr(instance_->handle(), "vkSetDebugUtilsObjectNameEXT"));
}

Context::~Context() { api_.vkDestroyDevice(device_, nullptr); }

void Context::read_traits() {
  const auto& limits = physical_.limits;
  const auto& options = instance_->options();
  traits_.software = physical_.software();
  if (physical_.compute_units > 0) traits_.compute_units = physical_.compute_units;
  traits_.shared_bytes = limits.maxComputeSharedMemorySize;
  traits_.max_groups = *std::min_element(std::begin(limits.maxComputeWorkGroupCount),
                                         std::end(limits.maxComputeWorkGroupCount));
  traits_.buffer_alignment = static_cast<std::uint32_t>(
      std::max<VkDeviceSize>(16, limits.minStorageBufferOffsetAlignment));
  // Rounded, so that what starts at an aligned place may end at one.
  traits_.max_range = limits.maxStorageBufferRange / 256 * 256;
  traits_.push_bytes = limits.maxPushConstantsSize;
  if (physical_.subgroup_ballot) traits_.subgroup_size = physical_.subgroup_size;
  traits_.int64 = physical_.int64 && options.int64;
  traits_.int8 = physical_.int8 && options.int8;
  traits_.push_descriptors =
      options.push_descriptors && max_push_descriptors(physical_) >= max_bindings;
  traits_.host_memory =
      options.host_memory &&
      (traits_.software || physical_.type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU) &&
      host_addresses_all(memory_);
  traits_.split_k = options.split_k;
  traits_.tiles = options.tiles;
  if (physical_.timestamp_bits > 0) timestamp_period_ = static_cast<double>(limits.timestampPeriod);
  tells_budget_ = physical_.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  tells_fault_ = has_fault_feature(physical_);
}

void Context::create_device() {
  std::vector<const char*> extensions;
  if (traits_.push_descriptors) extensions.push_back(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME);
  if (tells_budget_) extensions.push_back(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  if (tells_fault_) extensions.push_back(VK_EXT_DEVICE_FAULT_EXTENSION_NAME);
  // A device that lists it asks for it to be enabled.
  if (physical_.has(portability_subset)) extensions.push_back(portability_subset);

  // Not robustBufferAccess: the shaders check their own bounds, and it costs speed.
  VkPhysicalDeviceFaultFeaturesEXT fault{};
  fault.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT;
  fault.deviceFault = VK_TRUE;
  VkPhysicalDeviceVulkan12Features features12{};
  features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  features12.pNext = tells_fault_ ? &fault : nullptr;
  features12.timelineSemaphore = VK_TRUE;
  features12.storageBuffer8BitAccess = features12.shaderInt8 = traits_.int8 ? VK_TRUE : VK_FALSE;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &features12;
  features.features.shaderInt64 = traits_.int64 ? VK_TRUE : VK_FALSE;

  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = physical_.queue_family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &features;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  const VkResult result = vkCreateDevice(physical_.handle, &info, nullptr, &device_);
  if (result < 0)
    fail(ErrorKind::device,
         "Vulkan unavailable: {} ({}) cannot be opened: vkCreateDevice failed with {}; update its "
         "driver, or name another device (see 'varve devices')",
         physical_.name, physical_.driver, vulkan::name(result));
}

std::uint64_t Context::free_bytes(std::uint32_t heap, std::uint64_t in_use) const {
  std::uint64_t size = memory_.memoryHeaps[heap].size;
  if (tells_budget_) {
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{};
    budget.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT;
    VkPhysicalDeviceMemoryProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2;
    properties.pNext = &budget;
    vkGetPhysicalDeviceMemoryProperties2(physical_.handle, &properties);
    size = budget.heapBudget[heap];
    in_use = budget.heapUsage[heap];
  }
  return size > in_use ? size - in_use : 0;
}

void Context::label(VkObjectType type, std::uint64_t handle, const std::string& name) const {
  if (set_name_ == nullptr) return;
  VkDebugUtilsObjectNameInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT;
  info.objectType = type;
  info.objectHandle = handle;
  info.pObjectName = name.c_str();
  set_name_(device_, &info);  // a name that is not kept does no harm
}

std::string Context::fault() const {
  if (!tells_fault_ || api_.vkGetDeviceFaultInfoEXT == nullptr) return "";
  VkDeviceFaultCountsEXT counts{};
  counts.sType = VK_STRUCTURE_TYPE_DEVICE_FAULT_COUNTS_EXT;
  if (api_.vkGetDeviceFaultInfoEXT(device_, &counts, nullptr) < 0) return "";
  std::vector<VkDeviceFaultAddressInfoEXT> addresses(counts.addressInfoCount);
  std::vector<VkDeviceFaultVendorInfoEXT> vendor(counts.vendorInfoCount);
  counts.vendorBinarySize = 0;
  VkDeviceFaultInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_FAULT_INFO_EXT;
  info.pAddressInfos = addresses.data();
  info.pVendorInfos = vendor.data();
  if (api_.vkGetDeviceFaultInfoEXT(device_, &counts, &info) < 0) return "";
  std::string text = fmt::format("; the driver says: {}", info.description);
  for (const auto& address : addresses)
    text += fmt::format(", address {:#x}", address.reportedAddress);
  for (const auto& entry : vendor) text += fmt::format(", {}", entry.description);
  return text;
}

void Context::check_usable() const {
  if (closed_) {
    fail(ErrorKind::device, "[vulkan] {} is closed: the process ends", physical_.name);
  }
  if (mark_.forked()) {
    fail(ErrorKind::device,
         "[vulkan] {} was opened before fork(), and a child cannot use its parent's driver; fork "
         "before Vulkan is opened, start the child by exec, or use the cpu backend in it",
         physical_.name);
  }
}

void Context::check(VkResult result, std::string_view what) const {
  if (result == VK_ERROR_DEVICE_LOST && !lost_) {
    lost_ = true;
    fail(ErrorKind::device,
         "[vulkan] {} was lost ({}){}{}; a driver ends what hangs or runs too long: go on from the "
         "last checkpoint, and if it comes again, run once with VARVE_VULKAN_SERIALIZE=1 to see "
         "which op it is",
         physical_.name, what, report_ ? "; last ran " + report_() : "", fault());
  }
  if (lost_)
    fail(ErrorKind::device, "[vulkan] {} was lost before ({}); start anew", physical_.name, what);
  if (result >= 0) return;
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY)
    fail(ErrorKind::memory, "[vulkan] {} failed with {} on {}; use a smaller batch or model", what,
         vulkan::name(result), physical_.name);
  fail(ErrorKind::device, "[vulkan] {} failed with {} on {} ({}); update its driver", what,
       vulkan::name(result), physical_.name, physical_.driver);
}

std::string_view name(VkResult result) {
  switch (result) {
#define VARVE_NAME(code) \
  case code:             \
    return #code;
    VARVE_NAME(VK_SUCCESS)
    VARVE_NAME(VK_NOT_READY)
    VARVE_NAME(VK_TIMEOUT)
    VARVE_NAME(VK_INCOMPLETE)
    VARVE_NAME(VK_ERROR_OUT_OF_HOST_MEMORY)
    VARVE_NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY)
    VARVE_NAME(VK_ERROR_INITIALIZATION_FAILED)
    VARVE_NAME(VK_ERROR_DEVICE_LOST)
    VARVE_NAME(VK_ERROR_MEMORY_MAP_FAILED)
    VARVE_NAME(VK_ERROR_LAYER_NOT_PRESENT)
    VARVE_NAME(VK_ERROR_EXTENSION_NOT_PRESENT)
    VARVE_NAME(VK_ERROR_FEATURE_NOT_PRESENT)
    VARVE_NAME(VK_ERROR_INCOMPATIBLE_DRIVER)
    VARVE_NAME(VK_ERROR_TOO_MANY_OBJECTS)
    VARVE_NAME(VK_ERROR_FRAGMENTED_POOL)
    VARVE_NAME(VK_ERROR_OUT_OF_POOL_MEMORY)
    VARVE_NAME(VK_ERROR_FRAGMENTATION)
    VARVE_NAME(VK_ERROR_INVALID_SHADER_NV)
    VARVE_NAME(VK_ERROR_UNKNOWN)
#undef VARVE_NAME
    default:
      return "an unknown VkResult";
  }
}

}  // namespace varve::vulkan
