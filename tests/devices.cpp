#include "tests/devices.h"

#include <cstdlib>

#include "framework/backend/registry.h"

namespace varve::testing {
namespace {

struct Backends {
  std::vector<Device> open;
  std::vector<std::string> unavailable;

  Backends() {
    const char* only = std::getenv("VARVE_TEST_BACKENDS");  // one name; unset: all
    for (const auto& entry : registered_backends()) {
      if (entry.name == "null" || (only != nullptr && entry.name != only)) continue;
      for (const auto& device : entry.devices()) {
        if (device.available)
          open.push_back(Device::open(device.name));
        else
          unavailable.push_back(device.name + ": " + device.reason);
      }
    }
  }
};

const Backends& backends() {
  static const Backends all;
  return all;
}

}  // namespace

const std::vector<Device>& devices() { return backends().open; }
const std::vector<std::string>& unavailable() { return backends().unavailable; }

bool computes_in_f64(const Device& device) {
  const Spec number{{1}, DType::f64};
  return device.backend().supports(Op::add, {{number, number}, {number}, {}});
}

}  // namespace varve::testing
