#pragma once

#include "framework/nn/module.h"
#include "framework/optim/arena.h"

namespace varve {

/// Changes parameters by their gradients. step() is made of device commands alone, with every
/// number that changes between steps in device memory, so that it may stand in a captured step.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update. A parameter that backward() did not reach counts as having gradient zero.
  void step();
  void zero_grad() { arena_.zero_grad(); }

  /// Uploads the rate to the device: call it outside of capture().
  void set_learning_rate(double rate);
  double learning_rate() const { return rate_value_; }

  ParameterArena& arena() { return arena_; }

  /// What a checkpoint must hold to go on: moments over the whole arena, the step count. Not the
  /// rate, which is the schedule's.
  NamedTensors state() const { return state_; }
  /// Errors as load_tensors.
  void load_state(const State& state);

 protected:
  Optimizer(const Tensors& parameters, double rate);
  virtual void update() = 0;

  /// A tensor of zeros over the whole arena that is part of state().
  Tensor moment(std::string_view name);
  /// Adds a tensor to state().
  Tensor remember(std::string_view name, Tensor tensor);
  const Tensor& rate() const { return rate_; }
  const Tensor& values() const { return arena_.values(); }
  const Tensor& gradients() const { return arena_.gradients(); }

 private:
  ParameterArena arena_;
  double rate_value_;
  Tensor rate_;  ///< 0-d
  NamedTensors state_;
};

}  // namespace varve
