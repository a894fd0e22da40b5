#pragma once

#include "framework/tensor/tensor.h"

// What Optimizer::step_unless is made of: moves that the device makes, or does not, by a number
// that it holds.
namespace varve {

/// Whether a step goes: 0-d, bool. False of a NaN, too.
Tensor goes(const Tensor& non_finite);
/// Gives `target` its next value; with `non_finite` defined, only if the step goes.
void assign_unless(const Tensor& non_finite, Tensor target, const Tensor& value);

}  // namespace varve
