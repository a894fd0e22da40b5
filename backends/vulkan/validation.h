#pragma once

#include <volk.h>

#include <vector>

#include "backends/vulkan/options.h"

namespace varve::vulkan {

/// What the validation layers reported so far, in this process.
struct ValidationCounts {
  long errors = 0;    ///< of any kind, hazards included
  long hazards = 0;   ///< SYNC-HAZARD-...
  long warnings = 0;  ///< best practices, without those that validation.cpp explains and allows
};
ValidationCounts validation_counts();
/// Starts to count anew, for tests that provoke errors.
void reset_validation_counts();

/// The layer that validates.
inline constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

/// Throws ErrorKind::device, naming the package, unless the layer is installed and takes
/// VkValidationFeaturesEXT.
void require_validation_layer();

/// What the layer shall look for; put the list into VkValidationFeaturesEXT.
std::vector<VkValidationFeatureEnableEXT> validation_features(Validation validation);

/// A messenger that counts what the layers report and prints it on stderr.
VkDebugUtilsMessengerCreateInfoEXT validation_messenger();

}  // namespace varve::vulkan
