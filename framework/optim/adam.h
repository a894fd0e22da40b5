#pragma once

#include "framework/optim/optimizer.h"
#include "framework/optim/step_counts.h"

namespace varve {

struct AdamConfig {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< Adam: added to the gradient; AdamW: taken off the weights
  bool amsgrad = false;     ///< Reddi et al. 2018: divides by the greatest v so far
};

/// Kingma and Ba 2015, with bias correction, as in PyTorch:
///
///     g += decay w;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
///     w -= rate / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// t counts the steps of each parameter, those in which it had a gradient. One command for all
/// parameters, if there is one group and all have the same t. AMSGrad has the greatest v of all
/// steps in place of v in the second line, and is made of ordinary ops.
///
/// state(): "first_moment", "second_moment", with AMSGrad "greatest_second_moment", and "step",
/// i32; once some parameter has sat a step out "skipped_steps" as well, i32, of each parameter.
class Adam : public Optimizer {
 public:
  /// Throws ErrorKind::usage if a number is out of its range, or as Optimizer.
  explicit Adam(const ParameterGroups& parameters, AdamConfig config = {});

  NamedTensors state() const override;
  void load_state(const State& state) override;
  bool can_skip() const override { return true; }

 protected:
  Adam(const ParameterGroups& parameters, const AdamConfig& config, bool decoupled);
  void begin_step(const std::vector<ParameterArena::Run>& runs) override {
    counts_.advance(runs, non_finite());
  }
  void update(const ParameterArena::Run& run, const Group& group) override;

 private:
  void move(const ParameterArena::Run& run, const Group& group, const Tensor& count);
  void move_amsgrad(const ParameterArena::Run& run, const Group& group, const Tensor& count);

  Attributes attributes_;
  Tensor first_, second_, greatest_;
  StepCounts counts_;
};

/// Adam with decoupled weight decay: w *= 1 - rate decay, in place of g += decay w. Loshchilov and
/// Hutter 2019.
class AdamW : public Adam {
 public:
  /// Errors as Adam.
  explicit AdamW(const ParameterGroups& parameters, AdamConfig config = {.weight_decay = 1e-2});
};

}  // namespace varve
