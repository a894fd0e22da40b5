#pragma once

#include <functional>
#include <memory>

#include "framework/data/loader.h"
#include "framework/losses/terms.h"
#include "framework/nn/module.h"
#include "framework/train/metrics.h"

namespace varve {

/// The objective on a batch: input [batch, ...], target (the same tensor when nothing was
/// corrupted), labels i32 [batch]. The first term is what is minimised.
using LossFunction =
    std::function<Terms(const Tensor& input, const Tensor& target, const Tensor& labels)>;

/// Runs a loss function over a loader in evaluation mode, without gradients. The noise is a
/// function of the generator's seed and the batch's number, apart from that of training: the same
/// weights and seed always give the same numbers.
class Evaluator {
 public:
  /// `capture`: replays a recorded batch instead of running it eagerly.
  Evaluator(Module& module, LossFunction loss, bool capture = true);
  ~Evaluator();

  /// Means over the loader's examples, its epoch 0. The whole module is afterwards in the mode that
  /// it was in. Before each batch `interrupted` is asked; once it says yes, the result is empty.
  Metrics operator()(Loader& loader, const std::function<bool()>& interrupted = {});
  /// Means over one batch.
  Metrics operator()(const Batch& batch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Evaluator, once.
Metrics evaluate(Module& module, const LossFunction& loss, Loader& loader, bool capture = true);

}  // namespace varve
