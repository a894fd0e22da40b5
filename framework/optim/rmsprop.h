#pragma once

#include "framework/optim/optimizer.h"

namespace varve {

struct RmspropConfig {
  double learning_rate = 1e-2;
  double decay = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  double weight_decay = 0;  ///< L2: added to the gradient
};

/// s = decay s + (1 - decay) g^2; u = momentum u + g / (sqrt(s) + epsilon); w -= rate u, as in
/// PyTorch. Tieleman and Hinton 2012. s and u start at 0; state() has them as "square" and, if
/// there is a momentum, "velocity".
class Rmsprop : public Optimizer {
 public:
  /// Throws ErrorKind::usage if a number is out of its range, or as Optimizer.
  explicit Rmsprop(const ParameterGroups& parameters, RmspropConfig config = {});
  bool can_skip() const override { return true; }

 protected:
  void update(const ParameterArena::Run& run, const Group& group) override;

 private:
  RmspropConfig config_;
  Tensor square_, velocity_;
};

}  // namespace varve
