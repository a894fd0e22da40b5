#pragma once

#include "framework/optim/arena.h"

namespace varve {

// Both change the gradients in place, on the device, between backward() and step().

/// Scales all gradients so that their joint norm is at most max_norm: g *= min(1, max_norm / (norm
/// + 1e-6)), as in PyTorch. Returns the norm before, a scalar on the device.
Tensor clip_by_norm(ParameterArena& arena, double max_norm);

/// Clamps every gradient to [-limit, limit].
void clip_by_value(ParameterArena& arena, double limit);

}  // namespace varve
