#pragma once

#include <cstddef>
#include <vector>

#include "framework/nn/module.h"
#include "framework/optim/arena.h"
#include "framework/optim/parameter_groups.h"

namespace varve {

/// Changes parameters by their gradients, as the optimizers of PyTorch of the same names do.
///
/// step() is made of device commands alone, and may stand in a captured step. A parameter may
/// belong to several optimizers: each moves it, by moments of its own.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update of the parameters that have a gradient. One that backward() has not reached since
  /// zero_grad(), or that is frozen (does not require a gradient now), stays as it is: no decay, no
  /// momentum, and the step does not count for it.
  void step();
  /// The same, unless `non_finite`, a 0-d f32 tensor on the device, holds anything but 0 when the
  /// device gets there: then nothing moves, and the step does not count. So a step can be sent off
  /// before it is known whether its gradients are finite. Throws ErrorKind::usage for an optimizer
  /// that cannot, see can_skip().
  void step_unless(const Tensor& non_finite);
  /// Whether step_unless() works: all moves are put().
  virtual bool can_skip() const { return false; }
  void zero_grad() { arena_.zero_grad(); }

  /// Moves the rates of all groups in proportion, as the schedulers of PyTorch do: a group of rate
  /// 1e-4 beside a learning_rate() of 1e-3 keeps a tenth of it. Throws ErrorKind::usage unless
  /// rate >= 0, and within a captured step, since it writes to the device; then nothing has
  /// changed.
  void set_learning_rate(double rate);
  /// The optimizer's, which groups without a rate of their own have.
  double learning_rate() const { return rate_; }
  /// Of a group, in the order in which they were given. Throws ErrorKind::usage if there is none.
  double learning_rate(std::size_t group) const;
  std::size_t group_count() const { return groups_.size(); }

  ParameterArena& arena() { return arena_; }

  /// What a checkpoint must hold to go on: moments over the whole arena, in the order of the
  /// parameters, and what the optimizer counts. Not the rates, which are the schedule's.
  virtual NamedTensors state() const { return state_; }
  /// Errors as load_tensors.
  virtual void load_state(const State& state);

 protected:
  /// Neighbours among arena().parameters() that share their numbers.
  struct Group {
    std::size_t first = 0, count = 0;
    double weight_decay = 0;
    double scale = 1;  ///< of its rate to learning_rate()
    Tensor rate{};     ///< 0-d
  };

  /// `learning_rate` and `weight_decay` serve groups that set none. Throws ErrorKind::usage if a
  /// rate or decay is not a finite number of at least 0, if a group has a rate and the optimizer's
  /// is 0, so that they have no proportion, if a parameter is in two groups, or as ParameterArena.
  Optimizer(const ParameterGroups& groups, double learning_rate, double weight_decay);

  /// Moves the parameters of a run, which are all of one group. Called in step(), for each run that
  /// has gradients.
  virtual void update(const ParameterArena::Run& run, const Group& group) = 0;
  /// Called in step() before update(), with the runs that have gradients.
  virtual void begin_step(const std::vector<ParameterArena::Run>& /*runs*/) {}

  /// Gives `target`, which step() moves, its next value: unless the step is to be skipped.
  void put(Tensor target, const Tensor& value) const;
  /// The same with the result of an elementwise op, which needs no memory in between.
  void put(Tensor target, Op op, const Tensors& in) const;
  /// What step_unless() was given; undefined within step().
  const Tensor& non_finite() const { return non_finite_; }

  /// A tensor of zeros over the whole arena that is part of state().
  Tensor moment(std::string_view name);
  /// Adds a tensor to state().
  Tensor remember(std::string_view name, Tensor tensor);
  /// The part of a moment that belongs to a run.
  static Tensor part(const Tensor& moment, const ParameterArena::Run& run) {
    return moment.slice(0, run.offset, run.offset + run.size);
  }

 private:
  ParameterArena arena_;
  double rate_;
  std::vector<Group> groups_;
  NamedTensors state_;
  Tensor non_finite_;
};

}  // namespace varve
