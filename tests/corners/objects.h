#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "framework/nn/init.h"
#include "tests/corners/corners.h"
#include "tests/default_device.h"

/// The corner tables of framework/distributions, framework/losses, framework/nn and
/// framework/linalg, a family a file.
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
Rows torch_layer_rows();
Rows init_rows();
Rows linalg_rows();

using testing::DefaultDevice;

/// What a layer of the input's dtype makes of it when all its parameters are 1.
template <class L>
Tensor ones(const Tensors& x, typename L::Config config) {
  const DefaultDevice here(x[0].device());
  config.dtype = x[0].dtype();
  L layer(config);
  layer(x[0]);
  for (const auto& parameter : layer.parameters()) init::constant(parameter, 1);
  return layer(x[0]);
}

/// A row for what is no number: it holds or not. `x` is one element on the device.
Row fact(std::string_view function, std::string_view situation,
         const std::function<bool(const Tensor& x)>& holds);
/// A row whose call is refused, given one element of 1 on the device.
Row refused(std::string_view function, std::string_view situation,
            const std::function<void(const Tensor& x)>& call, const std::string& says);

}  // namespace varve::corners
