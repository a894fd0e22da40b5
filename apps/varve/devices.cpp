#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/varve/command.h"
#include "framework/backend/registry.h"

namespace varve::app {
namespace {

class Devices : public Command {
 public:
  About about() const override {
    return {"devices", "List what can compute on this machine", "varve devices"};
  }

  void declare(Options& options) override { options.add("json", &json_, "print a JSON list"); }

  int run(const Options&) override {
    auto list = nlohmann::json::array();
    for (const auto& backend : registered_backends()) {
      if (backend.name == "null") continue;  // it computes nothing
      for (const auto& device : backend.devices()) {
        list.push_back({{"name", device.name},
                        {"description", device.description},
                        {"available", device.available},
                        {"reason", device.reason}});
        if (!json_)
          fmt::print("{:<14}{}{}{}\n", device.name, device.description,
                     device.available ? "" : " - not available: ", device.reason);
      }
    }
    if (json_) fmt::print("{}\n", list.dump());
    return 0;
  }

 private:
  bool json_ = false;
};

}  // namespace

CommandPtr make_devices() { return std::make_unique<Devices>(); }

}  // namespace varve::app
