#pragma once

#include "framework/optim/optimizer.h"

namespace varve {

struct SgdConfig {
  double learning_rate = 1e-2;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;  ///< L2: added to the gradient
};

/// g += decay w; v = momentum v + g; w -= rate v (Nesterov: rate (g + momentum v)), as in PyTorch.
/// Sutskever et al. 2013. v starts at 0, for each parameter with its first gradient; state() has it
/// as "velocity" if there is a momentum.
class Sgd : public Optimizer {
 public:
  /// Throws ErrorKind::usage if a number is out of its range, or Nesterov has no momentum, or as
  /// Optimizer.
  explicit Sgd(const ParameterGroups& parameters, SgdConfig config = {});
  bool can_skip() const override { return true; }

 protected:
  void update(const ParameterArena::Run& run, const Group& group) override;

 private:
  SgdConfig config_;
  Tensor velocity_;
};

}  // namespace varve
