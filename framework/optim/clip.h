#pragma once

#include "framework/optim/arena.h"

namespace varve {

// Both change the gradients in place, on the device, between backward() and step().

/// Scales all gradients so that their joint norm is at most max_norm: g *= min(1, max_norm / (norm
/// + 1e-6)), as in PyTorch. Returns the norm before, a scalar on the device.
///
/// Squares do not overflow: of f32 gradients (3e25, 4e25) the norm is 5e25. A norm that is not
/// finite says that a gradient is not, or that the norm itself is beyond the dtype; check it before
/// step(), as the trainer does. Finite gradients stay finite all the same: beside a NaN they are
/// left as they are, and with an infinite norm they become 0.
/// Throws ErrorKind::usage unless max_norm > 0.
Tensor clip_by_norm(ParameterArena& arena, double max_norm);

/// Clamps every gradient to [-limit, limit]. Throws ErrorKind::usage unless limit > 0.
void clip_by_value(ParameterArena& arena, double limit);

}  // namespace varve
