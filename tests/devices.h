#pragma once

#include <string>
#include <vector>

#include "framework/backend/device.h"

namespace varve::testing {

/// The backends under test: all that are registered and can be opened here, but for "null";
/// VARVE_TEST_BACKENDS names the only one.
const std::vector<Device>& devices();
/// "vulkan:0: no driver", for those that cannot.
const std::vector<std::string>& unavailable();

bool computes_in_f64(const Device& device);

}  // namespace varve::testing
