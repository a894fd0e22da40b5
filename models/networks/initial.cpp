#include "models/networks/initial.h"

#include "framework/core/error.h"
#include "framework/nn/init.h"

namespace varve {

std::unique_ptr<Module> initialized(std::unique_ptr<Module> net, std::string_view init) {
  if (init == "fan-in") return net;
  if (init != "he" && init != "xavier")
    fail(ErrorKind::usage, "[model] init '{}' is not one of he, xavier, fan-in", init);
  Tensors weights;
  for (const auto& [path, tensor] : net->named_parameters())
    if (tensor.shape().size() > 1)
      weights.push_back(tensor);
    else if (path.ends_with("bias"))
      init::constant(tensor, 0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (init == "he" && i + 1 < weights.size())
      init::kaiming_uniform(weights[i]);
    else
      init::xavier_uniform(weights[i]);
  return net;
}

}  // namespace varve
