#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "backends/backends.h"
#include "framework/backend/registry.h"
#include "framework/core/error.h"
#if VARVE_HAVE_VULKAN
#include "backends/vulkan/validation.h"
#endif

namespace {

/// With VARVE_VULKAN_VALIDATION set every test fails for what the layers reported.
int validation_failures() {
#if VARVE_HAVE_VULKAN
  const auto counts = varve::vulkan::validation_counts();
  if (counts.errors + counts.warnings > 0) {
    std::fprintf(stderr, "vulkan validation: %ld errors (%ld hazards), %ld warnings\n",
                 counts.errors, counts.hazards, counts.warnings);
    return 1;
  }
#endif
  return 0;
}

/// Tests that need a Vulkan device say so and pass where there is none; but with VARVE_TEST_DRIVER,
/// the driver that CMake found installed, a device that does not open is a failure.
bool device_is_missing() {
  const char* driver = std::getenv("VARVE_TEST_DRIVER");
  if (driver == nullptr) return false;
  try {
    varve::open_backend("vulkan");
    return false;
  } catch (const varve::Error& error) {
    std::fprintf(stderr, "%s is installed, but no device opens: %s\n", driver, error.what());
    return true;
  }
}

}  // namespace

int main(int argc, char** argv) {
  varve::register_backends();
  if (device_is_missing()) return 1;
  const int failed = doctest::Context(argc, argv).run();
  return failed != 0 ? failed : validation_failures();
}
