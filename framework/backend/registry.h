#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/backend/backend.h"

namespace varve {

/// What a backend says of itself to `varve devices`.
struct DeviceInfo {
  std::string name;         ///< what a user types: "cpu", "vulkan:0"
  std::string description;  ///< hardware, driver, memory, library versions
  bool available = true;
  std::string reason;  ///< why not, when it is not available
};

struct BackendEntry {
  std::string name;
  std::string description;  ///< one line
  /// Opens the device that `argument` names (what follows "name:", may be empty).
  std::function<std::unique_ptr<Backend>(std::string_view argument)> open;
  std::function<std::vector<DeviceInfo>()> devices;
};

/// Adds a backend. The framework registers "null"; `register_backends()` in backends/ the others.
/// ErrorKind::usage if the name is taken.
void register_backend(BackendEntry entry);
const std::vector<BackendEntry>& registered_backends();
/// Opens "name" or "name:argument". Errors as Device::open.
std::unique_ptr<Backend> open_backend(std::string_view name);

}  // namespace varve
