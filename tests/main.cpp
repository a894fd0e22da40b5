#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "backends/backends.h"
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

}  // namespace

int main(int argc, char** argv) {
  varve::register_backends();
  const int failed = doctest::Context(argc, argv).run();
  return failed != 0 ? failed : validation_failures();
}
