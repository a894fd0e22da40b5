#pragma once

#include "framework/optim/optimizer.h"

namespace varve {

struct AdamConfig {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< Adam: added to the gradient; AdamW: taken off the weights
};

/// Kingma and Ba 2015, with bias correction; one command for all parameters.
class Adam : public Optimizer {
 public:
  /// Throws ErrorKind::usage if a number is out of its range.
  explicit Adam(const Tensors& parameters, AdamConfig config = {});

 protected:
  Adam(const Tensors& parameters, const AdamConfig& config, bool decoupled);
  void begin_step() override;
  void update(const ParameterArena::Run& run) override;

 private:
  Attributes attributes_;
  Tensor first_, second_;
  Tensor count_;  ///< i32, steps taken; lives on the device and counts up there
  Tensor one_;
};

/// Adam with decoupled weight decay. Loshchilov and Hutter 2019.
class AdamW : public Adam {
 public:
  explicit AdamW(const Tensors& parameters, AdamConfig config = {.weight_decay = 1e-2});
};

}  // namespace varve
