#include "models/networks/initial.h"

#include "framework/core/error.h"
#include "framework/nn/init.h"

namespace varve {

std::unique_ptr<Module> initialized(std::unique_ptr<Module> net, const ModelOptions& options) {
  if (options.init == "fan-in") return net;
  if (options.init != "xavier")
    fail(ErrorKind::usage, "[model] init '{}' is not one of fan-in, xavier", options.init);
  for (const auto& [name, weight] : net->named_parameters())
    if (weight.shape().size() > 1)
      init::xavier_uniform(weight);
    else
      init::constant(weight, 0);
  return net;
}

}  // namespace varve
