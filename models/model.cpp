#include "models/model.h"

#include <algorithm>

namespace varve {

Tensors Model::main_parameters() {
  Tensors all = parameters();
  const auto second = adversary();
  if (!second) return all;
  const Tensors others = second->module->parameters();
  const auto theirs = [&](const Tensor& parameter) {
    return std::any_of(others.begin(), others.end(),
                       [&](const Tensor& other) { return other.impl() == parameter.impl(); });
  };
  all.erase(std::remove_if(all.begin(), all.end(), theirs), all.end());
  return all;
}

}  // namespace varve
