#pragma once

#include <string>

#include "framework/data/loader.h"
#include "framework/nn/module.h"
#include "framework/train/evaluate.h"

namespace varve {

/// The names of the terms that are not finite, with their values: "loss = nan, kl = inf"; empty if
/// all are.
std::string non_finite_terms(const Metrics& terms);

/// Says where the numbers of a step first ceased to be finite: the batch, a parameter, a gradient
/// (those nearest to the loss come first, as backward() computes them), else the forward pass. Runs
/// the step again, eagerly, with the random numbers of `step`; the parameters must be as they were
/// before it. Leaves gradients behind.
std::string first_non_finite(Module& module, const LossFunction& loss, const Batch& batch,
                             std::int64_t step);

}  // namespace varve
