#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/autograd/autograd.h"
#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// The registered backends that compute for people and can be opened here; VARVE_TEST_BACKENDS
/// names the only one.
std::vector<Device> devices() {
  std::vector<Device> out;
  const char* only = std::getenv("VARVE_TEST_BACKENDS");
  for (const auto& backend : registered_backends()) {
    if (only != nullptr && backend.name != only) continue;
    if (backend.name == "null" || backend.name == "reference") continue;
    try {
      out.push_back(Device::open(backend.name));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::device) throw;
      MESSAGE("not tested: " << backend.name << ": " << std::string(error.what()));
    }
  }
  return out;
}

bool finite(const Tensor& images) {
  const auto values = images.to_vector<float>();
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

/// Images that it has seen, and such that it makes up.
void check_pictures(Model& model) {
  const NoGrad no_grad;
  const Tensor images = pictures(5, model.example_shape());
  const Tensor labels = labels_of(5);
  CHECK(finite(model.reconstruct(images, labels)));
  if (model.prior() != PriorKind::none) {
    CHECK(finite(model.decode(model.sample_prior(5), labels)));
  }
  const Tensor bound = model.log_importance_weights(images, 2, labels);
  if (bound.defined()) CHECK(finite(bound));
}

}  // namespace

TEST_CASE("every model learns and draws on every backend") {
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
        check_pictures(*training.model);
      }
  }
  set_default_device(before);
}
