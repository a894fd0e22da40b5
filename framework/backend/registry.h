#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/backend/backend.h"

namespace varve {

/// What a backend says of itself to `varve devices`.
struct DeviceInfo {
  std::string name;         ///< what a user types: "cpu", "vulkan:0"
  std::string description;  ///< hardware, driver, memory, library versions
  bool available = true;
  std::string reason;  ///< why not, when it is not available
  /// The backend's default device is hardware made for such work, better than a processor.
  bool accelerator = false;
  /// Names and values, such as limits and optional features, in the order to print them.
  std::vector<std::pair<std::string, std::string>> details = {};
};

struct BackendEntry {
  std::string name;
  std::string description;  ///< one line
  /// Opens the device that `argument` names (what follows "name:", may be empty).
  std::function<std::unique_ptr<Backend>(std::string_view argument)> open;
  std::function<std::vector<DeviceInfo>()> devices;
  /// f32 operations a second that a kernel of nothing but multiply-adds reaches on the device, for
  /// benchmarks to compare with; empty if the backend has no such kernel.
  std::function<double(std::string_view argument)> peak_flops = {};
};

/// Adds a backend. The framework registers "null"; `register_backends()` in backends/ the others.
/// ErrorKind::usage if the name is taken.
void register_backend(BackendEntry entry);
const std::vector<BackendEntry>& registered_backends();
/// The name of the first backend that has an available accelerator as its default device, else of
/// the first that computes anything at all.
std::string fastest_backend(const std::vector<BackendEntry>& entries = registered_backends());
/// Opens "name" or "name:argument". Errors as Device::open.
std::unique_ptr<Backend> open_backend(std::string_view name);

}  // namespace varve
