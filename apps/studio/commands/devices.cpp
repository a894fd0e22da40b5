#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "apps/studio/command.h"
#include "framework/backend/registry.h"

namespace varve::studio {
namespace {

nlohmann::json as_json(const DeviceInfo& device) {
  auto details = nlohmann::json::object();
  for (const auto& [name, value] : device.details) details[name] = value;
  return {{"name", device.name},
          {"description", device.description},
          {"available", device.available},
          {"reason", device.reason},
          {"accelerator", device.accelerator},
          {"details", details}};
}

void print(const DeviceInfo& device) {
  fmt::print("{:<14}{}", device.name, device.description);
  if (!device.available)
    fmt::print("{}not available: {}", device.description.empty() ? "" : " - ", device.reason);
  fmt::print("\n");
  std::size_t width = 0;
  for (const auto& [name, value] : device.details) width = std::max(width, name.size());
  for (const auto& [name, value] : device.details)
    fmt::print("{:<14}  {:<{}}  {}\n", "", name, width, value);
}

class Devices : public Command {
 public:
  About about() const override {
    return {"List what can compute on this machine", "varve devices"};
  }

  void declare(Options& options) override { options.add("json", &json_, "print a JSON list"); }

  int run(const Options&) override {
    std::vector<DeviceInfo> devices;
    for (const auto& backend : registered_backends()) {
      if (backend.name == "null") continue;  // it computes nothing
      for (auto& device : backend.devices()) devices.push_back(std::move(device));
    }
    if (json_) {
      auto list = nlohmann::json::array();
      for (const auto& device : devices) list.push_back(as_json(device));
      fmt::print("{}\n", list.dump());
    } else {
      for (const auto& device : devices) print(device);
    }
    return 0;
  }

 private:
  bool json_ = false;
};

}  // namespace

CommandPtr make_devices() { return std::make_unique<Devices>(); }

}  // namespace varve::studio
