#pragma once

#include "framework/nn/module.h"
#include "framework/optim/arena.h"

namespace varve {

/// An exponential moving average of the weights: average = decay average + (1 - decay) weights,
/// starting at the weights. Device commands alone, so update() may stand in a captured step.
class Ema {
 public:
  /// Throws ErrorKind::usage unless 0 <= decay < 1.
  explicit Ema(const ParameterArena& arena, double decay = 0.999);

  /// After each optimizer step.
  void update();
  /// Exchanges weights and average: once before an evaluation, once after it.
  void swap();

  /// For checkpoints. Errors as load_tensors.
  NamedTensors state() const { return {{"average", average_}}; }
  void load_state(const State& state);

 private:
  Tensor part(const ParameterArena::Run& run) const;

  double decay_;
  std::vector<ParameterArena::Run> runs_;
  Tensor average_;  ///< [size of the arena]
};

/// While it lives, the averaged weights are in the model.
class EmaWeights {
 public:
  explicit EmaWeights(Ema& ema) : ema_(ema) { ema_.swap(); }
  ~EmaWeights() { ema_.swap(); }
  EmaWeights(const EmaWeights&) = delete;
  EmaWeights& operator=(const EmaWeights&) = delete;

 private:
  Ema& ema_;
};

}  // namespace varve
