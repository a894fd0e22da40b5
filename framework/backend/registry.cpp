#include "framework/backend/registry.h"

#include <algorithm>
#include <utility>

#include "framework/backend/decorators.h"
#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve {
namespace {

std::vector<BackendEntry>& entries() {
  static std::vector<BackendEntry> list{
      {"null", "shapes only, no data", [](std::string_view) { return make_null_backend(); },
       [] {
         return std::vector<DeviceInfo>{{"null", "shapes only, no data", true, ""}};
       }}};
  return list;
}

}  // namespace

void register_backend(BackendEntry entry) {
  for (const auto& known : entries())
    if (known.name == entry.name)
      fail(ErrorKind::usage, "[register_backend] '{}' is registered already", entry.name);
  entries().push_back(std::move(entry));
}

const std::vector<BackendEntry>& registered_backends() { return entries(); }

std::string fastest_backend(const std::vector<BackendEntry>& entries) {
  for (const auto& entry : entries)
    for (const auto& device : entry.devices())
      if (device.available && device.accelerator) return entry.name;
  for (const auto& entry : entries)
    if (entry.name != "null") return entry.name;
  return "null";
}

std::unique_ptr<Backend> open_backend(std::string_view name) {
  const auto colon = name.find(':');
  const auto kind = name.substr(0, colon);
  const auto argument = colon == std::string_view::npos ? "" : name.substr(colon + 1);
  std::vector<std::string> names;
  for (const auto& entry : entries()) {
    if (entry.name == kind) return entry.open(argument);
    names.push_back(entry.name);
  }
  fail(ErrorKind::usage, "[device] unknown backend '{}'{}", kind, did_you_mean(kind, names));
}

}  // namespace varve
