#pragma once

#include "framework/backend/device.h"

namespace varve::testing {

/// Makes a device the default one while it lives: layers with given sizes are made there, and a
/// test that fails half-way leaves nothing.
class DefaultDevice {
 public:
  explicit DefaultDevice(const Device& device) { set_default_device(device); }
  ~DefaultDevice() { set_default_device(before_); }
  DefaultDevice(const DefaultDevice&) = delete;
  DefaultDevice& operator=(const DefaultDevice&) = delete;

 private:
  Device before_ = default_device();
};

}  // namespace varve::testing
