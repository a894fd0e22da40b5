#include "tests/conformance/host_state.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "framework/autograd/autograd.h"
#include "tests/conformance/harness.h"
#include "tests/default_device.h"

using namespace varve;

// VARVE_FUZZ_PROGRAMS=100000 runs as many on each backend, VARVE_FUZZ_FROM=7 from seed 7 on.
TEST_CASE("captured steps with host state equal eager ones, bit for bit") {
  const char* wanted = std::getenv("VARVE_FUZZ_PROGRAMS");
  const char* from = std::getenv("VARVE_FUZZ_FROM");
  const auto first = from == nullptr ? 0 : std::stoull(from);
  for (const auto& device : conformance::devices()) {
    const auto programs = wanted != nullptr           ? std::stoull(wanted)
                          : device.name() == "vulkan" ? 40
                                                      : 1000;
    const testing::DefaultDevice here(device);  // layers are made there
    int different = 0, replays = 0;
    for (auto seed = first; seed < first + programs; ++seed) {
      const auto difference = conformance::differ(seed, device, replays);
      if (difference.empty()) continue;
      if (++different <= 5) MESSAGE(difference);
    }
    CHECK(different == 0);
    CHECK(replays > 0);
    std::printf("%s: %llu programs, %d replayed calls, %d different\n",
                std::string(device.name()).c_str(), static_cast<unsigned long long>(programs),
                replays, different);
  }
}
