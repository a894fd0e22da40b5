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

  /// One update of the parameters that have a gradient. One that backward() has not reached, or
  /// that is frozen, stays as it is: no decay, no momentum.
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
  /// Moves the parameters of a run. Called in step(), for each run that has gradients.
  virtual void update(const ParameterArena::Run& run) = 0;
  /// Called in step() before the runs.
  virtual void begin_step() {}

  /// A tensor of zeros over the whole arena that is part of state().
  Tensor moment(std::string_view name);
  /// Adds a tensor to state().
  Tensor remember(std::string_view name, Tensor tensor);
  const Tensor& rate() const { return rate_; }
  /// The part of a moment that belongs to a run.
  static Tensor part(const Tensor& moment, const ParameterArena::Run& run) {
    return moment.slice(0, run.offset, run.offset + run.size);
  }

 private:
  ParameterArena arena_;
  double rate_value_;
  Tensor rate_;  ///< 0-d
  NamedTensors state_;
};

}  // namespace varve
