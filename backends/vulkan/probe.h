#pragma once

#include <string_view>

namespace varve {

/// Floating-point operations a second that a micro-kernel of nothing but f32 multiply-adds reaches
/// on a Vulkan device, the best of a few runs by the device's clock (the host's where there is
/// none): what a matrix product's speed is measured against. Errors as make_vulkan_backend().
double vulkan_peak_flops(std::string_view argument);

}  // namespace varve
