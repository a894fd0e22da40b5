#include "backends/vulkan/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

#include "backends/vulkan/context.h"
#include "framework/core/error.h"

// The one place that has volk's definitions.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#define VOLK_IMPLEMENTATION
#include <volk.h>
#pragma GCC diagnostic pop

namespace varve::vulkan {
namespace {

void load_library() {
  static const VkResult loaded = volkInitialize();
  if (loaded != VK_SUCCESS)
    fail(ErrorKind::device,
         "Vulkan unavailable: libvulkan.so.1 cannot be loaded; install the package libvulkan1, "
         "and the driver of the graphics card");
  const std::uint32_t api = volkGetInstanceVersion();
  if (api < VK_API_VERSION_1_2)
    fail(ErrorKind::device,
         "Vulkan unavailable: libvulkan.so.1 offers Vulkan {}.{}, 1.2 is needed; install a newer "
         "package libvulkan1",
         VK_API_VERSION_MAJOR(api), VK_API_VERSION_MINOR(api));
}

bool offered(const char* extension) {
  static const std::vector<VkExtensionProperties> list = [] {
    std::uint32_t count = 0;
    vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> found(count);
    vkEnumerateInstanceExtensionProperties(nullptr, &count, found.data());
    found.resize(count);
    return found;
  }();
  return std::any_of(list.begin(), list.end(), [&](const VkExtensionProperties& e) {
    return std::string_view(e.extensionName) == extension;
  });
}

/// Variables that decide which drivers the loader sees: a wrong one is easily forgotten.
std::string driver_variables() {
  std::string text;
  for (const char* name : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES"})
    if (const char* value = std::getenv(name)) text += fmt::format(" ({} is '{}')", name, value);
  return text;
}

[[noreturn]] void fail_create(VkResult result) {
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
    fail(ErrorKind::device,
         "Vulkan unavailable: no driver was found{}; install the driver of the graphics card: "
         "mesa-vulkan-drivers for AMD and Intel, NVIDIA's own for its cards",
         driver_variables());
  fail(ErrorKind::device,
       "Vulkan unavailable: vkCreateInstance failed with {}{}; check the installation with "
       "vulkaninfo (package vulkan-tools)",
       name(result), driver_variables());
}

VkInstance create(const Options& options, bool debug_utils) {
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = application.pEngineName = "varve";
  application.apiVersion = VK_API_VERSION_1_2;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;

  std::vector<const char*> extensions;
  if (debug_utils) extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
  if (offered(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME)) {
    extensions.push_back(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);
    info.flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  }
  const auto enabled = validation_features(options.validation);
  VkValidationFeaturesEXT features{};
  features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
  features.enabledValidationFeatureCount = static_cast<std::uint32_t>(enabled.size());
  features.pEnabledValidationFeatures = enabled.data();
  if (options.validation != Validation::off) {
    extensions.push_back(VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validation_layer;
  }
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();

  VkInstance handle = VK_NULL_HANDLE;
  if (const VkResult result = vkCreateInstance(&info, nullptr, &handle); result < 0)
    fail_create(result);
  return handle;
}

std::vector<PhysicalDevice> find_devices(VkInstance handle) {
  std::uint32_t count = 0;
  VkResult result = vkEnumeratePhysicalDevices(handle, &count, nullptr);
  std::vector<VkPhysicalDevice> handles(count);
  if (result >= 0) result = vkEnumeratePhysicalDevices(handle, &count, handles.data());
  if (result < 0) fail_create(result);
  handles.resize(count);
  std::vector<PhysicalDevice> found;
  for (const auto device : handles) found.push_back(inspect(device));
  return arrange(std::move(found));
}

}  // namespace

Instance::Instance(Options options) : options_(std::move(options)) {
  load_library();
  const bool validates = options_.validation != Validation::off;
  if (validates) require_validation_layer();
  // The layer has it too, if the loader is too old for it.
  debug_utils_ = validates || offered(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
  handle_ = create(options_, debug_utils_);
  volkLoadInstanceOnly(handle_);
  try {
    if (validates) {
      const auto info = validation_messenger();
      const VkResult result = vkCreateDebugUtilsMessengerEXT(handle_, &info, nullptr, &messenger_);
      if (result < 0) fail_create(result);
    }
    devices_ = find_devices(handle_);
  } catch (...) {
    destroy();
    throw;
  }
}

Instance::~Instance() { destroy(); }

void Instance::destroy() {
  if (forked()) return;  // the parent's
  if (messenger_ != VK_NULL_HANDLE) vkDestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
  vkDestroyInstance(handle_, nullptr);
}

const PhysicalDevice& Instance::choose(std::string_view argument) const {
  const Choice choice = select(devices_, argument, options_.device);
  if (choice.software_unasked) {
    static std::once_flag once;
    std::call_once(once, [&] {
      std::fputs(fmt::format("warning: Vulkan has no graphics card here, only {}, which is this "
                             "processor; the cpu backend is faster\n",
                             choice.device->name)
                     .c_str(),
                 stderr);
    });
  }
  return *choice.device;
}

std::shared_ptr<Instance> instance() {
  static std::mutex mutex;
  // Never destroyed: at the end of the process the drivers may be gone before it.
  static auto& current = *new std::shared_ptr<Instance>;
  const std::lock_guard lock(mutex);
  const Options options = options_from_environment();
  // Neither Mesa nor SwiftShader starts its threads anew, nor knows at exit that they are not
  // there.
  if (current && current->forked()) {
    fail(ErrorKind::device,
         "Vulkan unavailable: this process was forked off one that had opened Vulkan, which "
         "drivers do not survive; fork first, start the child by exec, or use the cpu backend");
  }
  if (!current || current->options() != options) current = std::make_shared<Instance>(options);
  return current;
}

}  // namespace varve::vulkan
