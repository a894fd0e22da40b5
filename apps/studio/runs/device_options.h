#pragma once

#include <cstdint>
#include <string>

#include "apps/studio/options.h"
#include "framework/backend/decorators.h"
#include "framework/backend/device.h"

namespace varve::studio {

/// Where to compute, and what to watch while doing so.
struct DeviceOptions {
  std::string backend = "auto";
  std::int64_t threads = 0;
  std::string trace;  ///< "-": a table; else a file for chrome://tracing as well
  bool check = false;
  std::string verify;  ///< the backend to compare with

  void declare(Options& options, bool kept = false);
};

/// A backend, opened with the decorators that were asked for; the default device while it lives.
class OpenDevice {
 public:
  /// Seeds the device's generator. Errors as Device::open.
  OpenDevice(const DeviceOptions& options, std::int64_t seed);
  OpenDevice(const OpenDevice&) = delete;
  OpenDevice& operator=(const OpenDevice&) = delete;

  /// "cpu": what "auto" stands for.
  const std::string& backend() const { return backend_; }
  std::int64_t threads() const { return threads_; }
  /// Writes what the decorators have gathered: the trace, and how many ops were compared.
  void report() const;

 private:
  std::string backend_;
  std::int64_t threads_;
  std::string trace_file_;
  Device device_;
  const Verify* verify_ = nullptr;
  const Trace* trace_ = nullptr;
};

}  // namespace varve::studio
