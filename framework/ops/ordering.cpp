#include "framework/ops/rules.h"
#include "framework/tensor/functional.h"

// Running sums and orders along an axis, in other ops.
namespace varve::decompositions {
namespace {

/// Elements on their way through a sorting network: [lines, padded], with where they come from.
struct Entries {
  Tensor values, from;

  Entries slice(std::int64_t axis, std::int64_t start, std::int64_t stop) const {
    return {values.slice(axis, start, stop), from.slice(axis, start, stop)};
  }
  Entries reshape(const Shape& shape) const { return {values.reshape(shape), from.reshape(shape)}; }
  Entries flip(std::int64_t axis) const { return {values.flip(axis), from.flip(axis)}; }
};

Entries choose(const Tensor& condition, const Entries& a, const Entries& b) {
  return {where(condition, a.values, b.values), where(condition, a.from, b.from)};
}

Entries concat(const Entries& a, const Entries& b, std::int64_t axis) {
  return {varve::concat({a.values, b.values}, axis), varve::concat({a.from, b.from}, axis)};
}

/// 0 of numbers, 1 of NaN, 2 behind the end.
Tensor rank_of(const Entries& e, std::int64_t count) {
  const auto last = Tensor::full({}, static_cast<double>(count), DType::i32, e.from.device());
  const auto two = Tensor::full({}, 2, DType::i32, e.from.device());
  const auto is_nan = logical_not(equal(e.values, e.values));
  return where(less(e.from, last), cast(is_nan, DType::i32), two);
}

/// Whether a comes before b: by rank, then by value, then by place.
Tensor precedes(const Entries& a, const Entries& b, std::int64_t count) {
  const auto rank_a = rank_of(a, count);
  const auto rank_b = rank_of(b, count);
  const auto tie = logical_not(less(b.values, a.values));
  const auto by_place = logical_and(tie, less(a.from, b.from));
  const auto by_value = logical_or(less(a.values, b.values), by_place);
  return where(equal(rank_a, rank_b), by_value, less(rank_a, rank_b));
}

/// Puts pairs in order: i and i + stride of every block of 2 stride, or, `mirrored`, i and the
/// block's i-th from its end.
Entries exchange(const Entries& all, std::int64_t stride, bool mirrored, std::int64_t count) {
  const auto lines = all.values.size(0);
  const auto padded = all.values.size(1);
  const auto blocks = all.reshape({lines, padded / (2 * stride), 2, stride});
  const auto a = blocks.slice(2, 0, 1);
  const auto b = mirrored ? blocks.slice(2, 1, 2).flip(3) : blocks.slice(2, 1, 2);
  const auto swap = precedes(b, a, count);
  const auto high = choose(swap, a, b);
  return concat(choose(swap, b, a), mirrored ? high.flip(3) : high, 2).reshape({lines, padded});
}

}  // namespace

Tensors cumsum(const Tensors& in, const Attributes& attributes) {
  // Hillis and Steele, "Data parallel algorithms" (1986): sums of 2, 4, 8, ... neighbours.
  const auto axis = attributes.axes[0];
  Tensor x = in[0];
  const auto count = x.size(axis);
  for (std::int64_t reach = 1; reach < count; reach *= 2) {
    const auto done = x.slice(axis, 0, reach);
    const auto more = x.slice(axis, reach, count) + x.slice(axis, 0, count - reach);
    x = varve::concat({done, more}, axis);
  }
  return {x};
}

Tensors argsort(const Tensors& in, const Attributes& attributes) {
  // Batcher's bitonic network ("Sorting networks and their applications", 1968), in the form whose
  // comparators all point the same way.
  const auto last = static_cast<std::int64_t>(in[0].rank()) - 1;
  const auto moved = in[0].detach().transpose(attributes.axes[0], last);
  const auto count = moved.size(-1);
  const auto index = [&](const Tensor& i) { return cast(i, DType::i64); };
  if (moved.numel() == 0) return {Tensor::zeros(in[0].shape(), DType::i64, in[0].device())};
  const auto lines = moved.numel() / count;
  std::int64_t padded = 1;
  while (padded < count) padded *= 2;
  Entries all{pad(moved.reshape({lines, count}), {0, 0}, {0, padded - count}),
              Tensor::arange(padded, 0, 1, DType::i32, moved.device()).expand({lines, padded})};
  for (std::int64_t sorted = 2; sorted <= padded; sorted *= 2) {
    all = exchange(all, sorted / 2, true, count);
    for (auto stride = sorted / 4; stride > 0; stride /= 2)
      all = exchange(all, stride, false, count);
  }
  const auto order = index(all.from.slice(1, 0, count)).reshape(moved.shape());
  return {order.transpose(attributes.axes[0], last).contiguous()};
}

}  // namespace varve::decompositions
