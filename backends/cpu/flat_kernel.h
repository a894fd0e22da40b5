#pragma once

#include <cstdint>

#include "framework/ops/op.h"

namespace varve::cpu {

/// An elementwise op over `count` packed elements. `out` may be one of the inputs. Elements go in
/// vectors, counted from the first: whoever splits an array at multiples of a vector's length gets
/// the same values as in one go.
using FlatKernel = void (*)(std::int64_t count, void* out, const void* const* in,
                            const Attributes& attributes);

/// Exact ops (fill, copy with casts, neg ... where) on every dtype; nullptr if `op` is not one.
/// `in` is the operands' dtype, `out` the result's.
FlatKernel arithmetic_kernel(Op op, DType in, DType out);
/// Functions and fused rows on floating dtypes; nullptr if `op` is not one.
FlatKernel function_kernel(Op op, DType dtype, Activation activation);

}  // namespace varve::cpu
