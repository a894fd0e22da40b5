#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/operands.h"

namespace varve {
namespace {

using namespace operands;

void require_counts(const Tensor& x, const Dims& before, const Dims& after) {
  if (before.size() != x.rank() || after.size() != x.rank())
    fail(ErrorKind::usage, "[pad] needs {} entries, an axis each, got {} and {}", x.rank(),
         before.size(), after.size());
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (before[i] < 0 || after[i] < 0)
      fail(ErrorKind::usage, "[pad] cannot pad by less than 0; slice() cuts");
}

/// The first or last element of an axis, `count` times.
Tensor repeated(const Tensor& x, std::int64_t axis, std::int64_t at, std::int64_t count) {
  Shape shape = x.shape();
  shape[static_cast<std::size_t>(axis)] = count;
  return x.slice(axis, at, at + 1).expand(shape);
}

/// What lies before and behind x along an axis of n elements.
Tensors neighbours(const Tensor& x, std::int64_t axis, std::int64_t before, std::int64_t after,
                   PadMode mode) {
  const auto n = x.size(axis);
  switch (mode) {
    case PadMode::reflect:
      return {x.slice(axis, 1, before + 1).flip(axis),
              x.slice(axis, n - 1 - after, n - 1).flip(axis)};
    case PadMode::replicate:
      return {repeated(x, axis, 0, before), repeated(x, axis, n - 1, after)};
    case PadMode::circular:
      return {x.slice(axis, n - before, n), x.slice(axis, 0, after)};
  }
  return {};
}

}  // namespace

Tensor pad(const Tensor& x, Dims before, Dims after, double value) {
  require_counts(x, before, after);
  Attributes attributes;
  attributes.start = before;
  attributes.stride = Dims::filled(x.rank(), 1);
  for (std::size_t i = 0; i < x.rank(); ++i) {
    attributes.stop.push_back(checked_add(before[i], x.shape()[i], "pad"));
    attributes.shape.push_back(checked_add(attributes.stop[i], after[i], "pad"));
  }
  const auto padded = apply1(Op::slice_scatter, {x}, attributes);
  if (value == 0) return padded;
  const auto inside =
      apply1(Op::slice_scatter, {Tensor::ones(x.shape(), x.dtype(), x.device())}, attributes);
  return where(cast(inside, DType::boolean), padded, scalar(value, x.dtype(), x));
}

Tensor pad(const Tensor& x, Dims before, Dims after, PadMode mode) {
  require_counts(x, before, after);
  Tensor out = x;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const auto most = std::max(before[i], after[i]);
    if (most == 0) continue;
    const auto axis = static_cast<std::int64_t>(i);
    const auto room = mode == PadMode::reflect     ? x.size(axis) - 1
                      : mode == PadMode::replicate ? (x.size(axis) > 0 ? most : 0)
                                                   : x.size(axis);
    if (most > room)
      fail(ErrorKind::usage,
           "[pad] axis {} of {} is too short to be padded by {} and {} in this mode", i,
           x.shape().str(), before[i], after[i]);
    const auto sides = neighbours(out, axis, before[i], after[i], mode);
    out = concat({sides[0], out, sides[1]}, axis);
  }
  return out;
}

}  // namespace varve
