#include "apps/studio/runs/device_options.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "apps/studio/say.h"
#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "framework/tensor/random.h"

namespace varve::studio {
namespace {

/// "auto" is the fastest, but whoever asks for threads means the processor.
std::string resolve_backend(const DeviceOptions& options) {
  if (options.backend != "auto") return options.backend;
  return options.threads > 0 ? "cpu" : fastest_backend();
}

/// "cpu:2" is the cpu backend with two threads.
std::string device_name(const DeviceOptions& options, const std::string& backend) {
  if (options.threads == 0) return backend;
  if (backend != "cpu")
    fail(ErrorKind::usage, "[device] --threads is for --backend cpu, not for '{}': leave it out",
         backend);
  return fmt::format("cpu:{}", options.threads);
}

}  // namespace

void DeviceOptions::declare(Options& options, bool kept) {
  options.add(
      "backend", &backend,
      "cpu, vulkan[:DEVICE], reference or auto: a graphics card, else cpu; see 'varve devices'",
      {.kept = kept});
  options.add("threads", &threads, "threads of the cpu backend; default: all cores",
              {.kept = kept, .least = 0});
  options.add("trace", &trace, "time every op: a table, and a file for chrome://tracing",
              {.bare = true, .unit = "FILE"});
  options.add("check", &check, "check every op's memory and results");
  options.add("verify", &verify, "compare every op with another backend", {.unit = "BACKEND"});
}

OpenDevice::OpenDevice(const DeviceOptions& options, std::int64_t seed)
    : backend_(resolve_backend(options)),
      threads_(options.threads > 0 ? options.threads : platform::available_cores()),
      trace_file_(options.trace),
      device_(Device::open(device_name(options, backend_))) {
  if (!options.verify.empty()) {
    auto verify = std::make_unique<Verify>(device_.backend(), open_backend(options.verify));
    verify_ = verify.get();
    device_.push(std::move(verify));
  }
  if (options.check) device_.push(std::make_unique<Check>(device_.backend()));
  if (!options.trace.empty()) {
    auto trace = std::make_unique<Trace>(device_.backend());
    trace_ = trace.get();
    device_.push(std::move(trace));
  }
  set_default_device(device_);
  manual_seed(static_cast<std::uint64_t>(seed));
}

void OpenDevice::report() const {
  if (verify_ != nullptr) say("verify: {} ops agree\n", verify_->compared());
  if (trace_ == nullptr) return;
  say("{}", trace_->summary());
  if (trace_file_ != "-") platform::write_file_atomically(trace_file_, trace_->chrome_json());
}

}  // namespace varve::studio
