#include "framework/tensor/operands.h"

#include <utility>

#include <array>

#include "framework/tensor/functional.h"

namespace varve::operands {
namespace {

/// What arithmetic in `dtype`, which wraps around, makes of a whole number.
double wrapped(double value, DType dtype) {
  const auto bits = static_cast<std::int64_t>(value);
  if (dtype == DType::u8) return static_cast<std::uint8_t>(bits);
  if (dtype == DType::i32) return static_cast<std::int32_t>(bits);
  return value;
}

}  // namespace

Tensor scalar(double value, DType dtype, const Tensor& beside) {
  return Tensor::full({}, value, dtype, beside.device());
}

Tensor number(double value, const Tensor& beside) {
  const auto dtype = beside.dtype();
  if (is_floating(dtype)) return scalar(value, dtype, beside);
  if (!holds(DType::i64, value)) return scalar(value, DType::f32, beside);
  if (dtype != DType::boolean) return scalar(wrapped(value, dtype), dtype, beside);
  return scalar(value, holds(DType::i32, value) ? DType::i32 : DType::i64, beside);
}

Tensor floating(const Tensor& x) { return cast(x, floating(x.dtype())); }

Tensor counted(const Tensor& x) { return cast(x, counted(x.dtype())); }

DType promote(const Tensor& a, const Tensor& b) { return varve::promote(a.dtype(), b.dtype()); }

Tensor binary(Op op, const Tensor& a, const Tensor& b, DType dtype) {
  const auto shape = broadcast(a.shape(), b.shape(), name(op).data());
  Tensors operands;  // not a list, which copies
  operands.reserve(2);
  for (const auto* operand : {&a, &b}) operands.push_back(cast(*operand, dtype).expand(shape));
  return apply1(op, std::move(operands));
}

Tensor finish_reduction(const Tensor& reduced, const Axes& axes, bool keep_dims) {
  if (keep_dims) return reduced;
  if (axes.empty()) return reduced.reshape({});
  std::array<bool, Dims::max_rank> dropped{};
  for (const auto axis : axes) dropped[normalize_axis(axis, reduced.rank(), "reduce")] = true;
  Shape shape;
  for (std::size_t i = 0; i < reduced.rank(); ++i)
    if (!dropped[i]) shape.push_back(reduced.shape()[i]);
  return reduced.reshape(shape);
}

double reduced_count(const Tensor& x, const Axes& axes) {
  if (axes.empty()) return static_cast<double>(x.numel());
  double count = 1;
  for (const auto axis : axes) count *= static_cast<double>(x.size(axis));
  return count;
}

Attributes with_axis(std::int64_t axis) {
  Attributes attributes;
  attributes.axes = {axis};
  return attributes;
}

}  // namespace varve::operands
