#include "backends/vulkan/validation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>

#include "framework/core/error.h"

namespace varve::vulkan {
namespace {

std::atomic<long> errors{0};
std::atomic<long> hazards{0};
std::atomic<long> warnings{0};

/// Best practices that are none here, and why. Parts of a message's name: layers put different
/// things before it.
constexpr std::array<std::string_view, 1> allowed_warnings{
    // A recorded step is submitted again while the last one may still be running: the flag is for
    // just that, and waiting in between would cost more than the flag does.
    "BestPractices-vkBeginCommandBuffer-simultaneous-use",
};

bool allowed(std::string_view id) {
  return std::any_of(allowed_warnings.begin(), allowed_warnings.end(),
                     [&](std::string_view known) { return id.ends_with(known); });
}

VKAPI_ATTR VkBool32 VKAPI_CALL report(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                      VkDebugUtilsMessageTypeFlagsEXT,
                                      const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
  const std::string_view id = data->pMessageIdName == nullptr ? "" : data->pMessageIdName;
  const bool error = severity >= VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  if (!error && allowed(id)) return VK_FALSE;
  ++(error ? errors : warnings);
  if (id.find("SYNC-HAZARD") != std::string_view::npos) ++hazards;
  std::fputs(fmt::format("vulkan validation {}: {}\n", error ? "error" : "warning",
                         data->pMessage == nullptr ? "" : data->pMessage)
                 .c_str(),
             stderr);
  return VK_FALSE;
}

}  // namespace

ValidationCounts validation_counts() { return {errors, hazards, warnings}; }

void reset_validation_counts() { errors = hazards = warnings = 0; }

void require_validation_layer() {
  std::uint32_t count = 0;
  vkEnumerateInstanceLayerProperties(&count, nullptr);
  std::vector<VkLayerProperties> layers(count);
  vkEnumerateInstanceLayerProperties(&count, layers.data());
  layers.resize(count);
  if (std::none_of(layers.begin(), layers.end(), [](const VkLayerProperties& layer) {
        return std::string_view(layer.layerName) == validation_layer;
      }))
    fail(ErrorKind::device,
         "Vulkan unavailable: VARVE_VULKAN_VALIDATION needs the layer {}; install the package "
         "vulkan-validationlayers, or unset the variable",
         validation_layer);

  // The extension comes with the layer, and asking for one that is not there fails.
  vkEnumerateInstanceExtensionProperties(validation_layer, &count, nullptr);
  std::vector<VkExtensionProperties> extensions(count);
  vkEnumerateInstanceExtensionProperties(validation_layer, &count, extensions.data());
  extensions.resize(count);
  if (std::none_of(extensions.begin(), extensions.end(), [](const VkExtensionProperties& e) {
        return std::string_view(e.extensionName) == VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME;
      }))
    fail(ErrorKind::device,
         "Vulkan unavailable: the layer {} takes no {}; install a newer package "
         "vulkan-validationlayers, or unset VARVE_VULKAN_VALIDATION",
         validation_layer, VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
}

std::vector<VkValidationFeatureEnableEXT> validation_features(Validation validation) {
  switch (validation) {
    case Validation::core:
      return {VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT};
    case Validation::sync:
      return {VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT,
              VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
    case Validation::gpu:
      // Not best practices: each tensor has memory of its own then, which they advise against.
      return {VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT,
              VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_RESERVE_BINDING_SLOT_EXT};
    case Validation::off:
      break;
  }
  return {};
}

VkDebugUtilsMessengerCreateInfoEXT validation_messenger() {
  VkDebugUtilsMessengerCreateInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT |
                         VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT;
  // Not the general kind: that is the loader, telling of drivers that it could not use.
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                     VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = report;
  return info;
}

}  // namespace varve::vulkan
