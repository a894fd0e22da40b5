#pragma once

#include <cstdint>

#include "framework/ops/op.h"

namespace varve::cpu {

/// y = activation(y + bias) in place, on rows of `cols` that lie `stride` apart; `bias` may be
/// nullptr. What linear and convolution rows do to a piece of their result while it is in the
/// cache.
template <class T>
void finish_rows(std::int64_t rows, std::int64_t cols, const T* bias, Activation activation, T* y,
                 std::int64_t stride);

}  // namespace varve::cpu
