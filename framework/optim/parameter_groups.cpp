#include "framework/optim/parameter_groups.h"

namespace varve {

Tensors ParameterGroups::parameters() const {
  Tensors all;
  for (const auto& group : groups_)
    all.insert(all.end(), group.parameters.begin(), group.parameters.end());
  return all;
}

}  // namespace varve
