#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "framework/backend/device.h"
#include "tests/corners/corners.h"

/// The corner tables of framework/distributions, framework/losses and framework/nn, a family a
/// file.
namespace varve::corners {

Rows continuous_rows();
Rows discrete_rows();
Rows multivariate_rows();
Rows argument_rows();
Rows loss_rows();
Rows divergence_rows();
Rows likelihood_rows();
Rows likelihood_object_rows();
Rows activation_rows();
Rows layer_rows();
Rows window_rows();
Rows module_rows();
Rows init_rows();

/// Makes a device the default one while it lives: layers with given sizes are made there.
class DefaultDevice {
 public:
  explicit DefaultDevice(const Device& device) : before_(default_device()) {
    set_default_device(device);
  }
  ~DefaultDevice() { set_default_device(before_); }
  DefaultDevice(const DefaultDevice&) = delete;
  DefaultDevice& operator=(const DefaultDevice&) = delete;

 private:
  Device before_;
};

/// A row for what is no number: it holds or not. `x` is one element on the device.
Row fact(std::string_view function, std::string_view situation,
         const std::function<bool(const Tensor& x)>& holds);
/// A row whose call is refused, given one element of 1 on the device.
Row refused(std::string_view function, std::string_view situation,
            const std::function<void(const Tensor& x)>& call, const std::string& says);

}  // namespace varve::corners
