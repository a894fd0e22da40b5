#include "backends/backends.h"

#include <mutex>

#include "backends/cpu/cpu_backend.h"
#include "backends/cpu/features.h"
#include "backends/cpu/lapack.h"
#include "backends/reference/reference.h"
#include "framework/backend/host_linalg.h"
#include "framework/backend/registry.h"
#include "framework/core/error.h"
#if VARVE_HAVE_VULKAN
#include "backends/vulkan/probe.h"
#include "backends/vulkan/vulkan_backend.h"
#endif

namespace varve {

namespace {

std::vector<DeviceInfo> available_cpus() {
  try {
    cpu::require_compiled_features();
  } catch (const Error& error) {
    return {{"cpu", "this processor", false, error.what()}};
  }
  return cpu_devices();
}

#if VARVE_HAVE_VULKAN
BackendEntry vulkan_entry() {
  return {"vulkan", "graphics cards, through Vulkan 1.2", make_vulkan_backend, vulkan_devices,
          vulkan_peak_flops};
}
#else
/// Says why it is not there, and how it would be.
BackendEntry vulkan_entry() {
  constexpr std::string_view reason =
      "this build has none; configure it with glslc and libvulkan-volk-dev installed";
  return {"vulkan", "graphics cards, through Vulkan 1.2",
          [=](std::string_view) -> std::unique_ptr<Backend> {
            fail(ErrorKind::device, "Vulkan unavailable: {}", reason);
          },
          [=] {
            return std::vector<DeviceInfo>{{"vulkan", "", false, std::string(reason)}};
          }};
}
#endif

void register_all() {
  register_backend({"cpu", "all processors, through OpenBLAS, xtensor and xsimd",
                    [](std::string_view argument) {
                      cpu::require_compiled_features();
                      return make_cpu_backend(argument);
                    },
                    available_cpus});
  // What is compiled for the processor's features may be used only where it has them.
  if (available_cpus()[0].available) set_host_linalg(cpu::lapack());
  register_backend(vulkan_entry());
  register_backend({"reference", "plain loops, slow and easy to check",
                    [](std::string_view argument) {
                      if (!argument.empty()) {
                        fail(ErrorKind::usage, "[reference] takes no argument, got \"{}\"",
                             argument);
                      }
                      return make_reference_backend();
                    },
                    [] {
                      return std::vector<DeviceInfo>{{"reference", "one processor", true, ""}};
                    }});
}

}  // namespace

void register_backends() {
  static std::once_flag once;
  std::call_once(once, register_all);
}

}  // namespace varve
