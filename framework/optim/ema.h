#pragma once

#include "framework/nn/module.h"
#include "framework/optim/arena.h"

namespace varve {

/// An exponential moving average of the weights: average += (1 - decay) (weights - average),
/// starting at the weights; that of a parameter that does not move is the parameter, to the bit.
/// Device commands alone, so update() may stand in a captured step.
class Ema {
 public:
  /// Of the parameters of an arena, frozen ones too; the arena may go before it does. Throws
  /// ErrorKind::usage unless 0 <= decay < 1.
  explicit Ema(const ParameterArena& arena, double decay = 0.999);

  /// After each optimizer step; nothing moves if `non_finite` is given and not 0, as in
  /// Optimizer::step_unless.
  void update(const Tensor& non_finite = {});
  /// Exchanges weights and average, in place: a graph that was built before needs the weights that
  /// it has seen, and says so at backward(). If memory runs out, nothing has changed.
  void swap();

  /// For checkpoints: "average", over the whole arena. Errors as load_tensors.
  NamedTensors state() const { return {{"average", average_}}; }
  void load_state(const State& state);

 private:
  friend class EmaWeights;

  double decay_;
  Tensor average_;              ///< [size of the arena]
  Tensors weights_, averages_;  ///< run by run
};

/// While it lives, the averaged weights are in the model. At its end the weights are what they were
/// before, whatever was done to them in the meantime; several may live within one another.
class EmaWeights {
 public:
  explicit EmaWeights(Ema& ema);
  ~EmaWeights();
  EmaWeights(const EmaWeights&) = delete;
  EmaWeights& operator=(const EmaWeights&) = delete;

 private:
  Tensors weights_;
  Tensors before_;  ///< kept, so that the end needs no memory
};

}  // namespace varve
