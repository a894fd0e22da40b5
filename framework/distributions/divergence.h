#pragma once

#include "framework/tensor/tensor.h"

namespace varve {

// What Kullback-Leibler divergences are made of, without the cancellation that makes noise of the
// difference between nearly equal distributions.

/// e^x - 1 - x, elementwise, to the dtype's precision: its Taylor series where |x| < 1/4. x of any
/// size; infinity at both infinities. At least 0, so that sums of it are.
Tensor exp_remainder(const Tensor& x);

/// p log(p / q) - p + q, elementwise, from log p and log q, which may be -infinity: q where p is 0,
/// infinity where only q is. Summed over all outcomes, where p and q both sum to 1, it is KL(p||q),
/// and each term is at least 0.
Tensor relative_entropy(const Tensor& log_p, const Tensor& log_q);

}  // namespace varve
