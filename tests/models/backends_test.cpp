#include <cmath>

#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// The registered backends that compute for people and can be opened here.
std::vector<Device> devices() {
  std::vector<Device> out;
  for (const auto& backend : registered_backends()) {
    if (backend.name == "null" || backend.name == "reference") continue;
    try {
      out.push_back(Device::open(backend.name));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::device) throw;
      MESSAGE("skipped, not available: " << std::string(error.what()));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("every model learns on every backend") {
  const Device before = default_device();
  for (const auto& device : devices()) {
    set_default_device(device);
    for (const std::string arch : {"mlp", "conv"})
      for (const auto& info : model_registry()) {
        CAPTURE(device.name());
        CAPTURE(arch);
        CAPTURE(info.name);
        Training training(info, small_for(info, {8, 8, 1}, arch), {.epochs = 3});
        const double first = training.evaluated();
        const auto result = training.run();
        for (const auto& [name, value] : result.train) {
          CAPTURE(name);
          CHECK(std::isfinite(value));
        }
        CHECK(training.evaluated() < first);
      }
  }
  set_default_device(before);
}
