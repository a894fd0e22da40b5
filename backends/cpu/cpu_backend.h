#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "framework/backend/backend.h"
#include "framework/backend/registry.h"

namespace varve {

/// The CPU backend: OpenBLAS for products, xtensor and xsimd for the rest, threads of its own.
/// `argument` is how many threads, empty for one a processor. A value does not depend on it.
/// Throws ErrorKind::usage for anything but a positive number, ErrorKind::device on a processor
/// that lacks instructions that this build uses.
std::unique_ptr<Backend> make_cpu_backend(std::string_view argument = {});
std::vector<DeviceInfo> cpu_devices();

}  // namespace varve
