#pragma once

#include <cstdint>

#include "framework/ops/table.h"
#include "framework/tensor/tensor.h"

/// What functions on tensors have in common: how operands of different dtypes meet
/// (docs/pages/dtypes.md), and what reductions do with axes.
namespace varve::operands {

Tensor scalar(double value, DType dtype, const Tensor& beside);
/// A number beside a tensor: of its dtype, or f32 beside an integer one that it is no number of.
Tensor number(double value, const Tensor& beside);

inline DType floating(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }
Tensor floating(const Tensor& x);

/// bool counts as i32 where it is computed with.
inline DType counted(DType dtype) { return dtype == DType::boolean ? DType::i32 : dtype; }
Tensor counted(const Tensor& x);

DType promote(const Tensor& a, const Tensor& b);

/// An op on two operands, cast and broadcast.
Tensor binary(Op op, const Tensor& a, const Tensor& b, DType dtype);

/// Removes reduced axes, which the ops keep as size 1.
Tensor finish_reduction(const Tensor& reduced, const Axes& axes, bool keep_dims);
/// How many elements become one.
double reduced_count(const Tensor& x, const Axes& axes);

Attributes with_axis(std::int64_t axis);

}  // namespace varve::operands
