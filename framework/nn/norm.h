#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

/// What norms share: a weight of ones and, mostly, a bias of zeros, one number a feature (last
/// axis). How many there are may be inferred from the first input.
class Norm : public Module {
 protected:
  /// Registers them: 0 features are to come, by materialize().
  void declare(std::int64_t features, DType dtype, bool bias = true);
  /// Gives what was declared its tensors, if anything was.
  void materialize(std::int64_t features, const Device& device);

  Tensor weight_, bias_;  ///< undefined: there is none, or not yet

 private:
  bool has_weight_ = false, has_bias_ = false;
  DType dtype_ = DType::f32;
};

}  // namespace varve
