#include <algorithm>
#include <cmath>

#include "backends/cpu/columns.h"
#include "backends/cpu/kernel.h"
#include "backends/cpu/simd.h"

namespace varve::cpu {

namespace {

constexpr std::int64_t grain = 8192;

/// Calls row(first element) for every row of `length`.
template <class Row>
void for_each_row(std::int64_t count, std::int64_t length, ThreadPool& pool, const Row& row) {
  if (length == 0) return;
  const std::int64_t group = std::max<std::int64_t>(1, grain / length);
  const std::int64_t rows = count / length;
  pool.parallel_for(pieces(rows, group), [&](std::int64_t task) {
    for (std::int64_t i = task * group; i < std::min((task + 1) * group, rows); ++i) {
      row(i * length);
    }
  });
}

View with_axis_last(View view, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t size = view.shape[at];
  const std::int64_t stride = view.strides[at];
  view.shape.erase(at);
  view.strides.erase(at);
  view.shape.push_back(size);
  view.strides.push_back(stride);
  return view;
}

template <class T>
void softmax_row(std::int64_t n, const T* x, T* y) {
  const Batch<T> top(extremum<Larger>(n, x));
  map(
      n, y, [&](const Batch<T>& v) { return xsimd::exp(v - top); }, x);
  const Batch<T> total(map_sum<T>(
      n, [](const Batch<T>& v) { return v; }, y));
  map(
      n, y, [&](const Batch<T>& v) { return v / total; }, y);
}

template <class T>
void log_softmax_row(std::int64_t n, const T* x, T* y) {
  const Batch<T> top(extremum<Larger>(n, x));
  const T total = map_sum<T>(
      n, [&](const Batch<T>& v) { return xsimd::exp(v - top); }, x);
  const Batch<T> log_total(std::log(total));
  map(
      n, y, [&](const Batch<T>& v) { return v - top - log_total; }, x);
}

template <class T>
void softmax_typed(const Command& command, ThreadPool& pool) {
  const std::int64_t axis = command.attributes.axes[0];
  const std::int64_t n = command.out[0].shape[static_cast<std::size_t>(axis)];
  const Packed x(with_axis_last(command.in[0], axis), pool);
  const PackedResult y(with_axis_last(command.out[0], axis), pool);
  const auto row = command.op == Op::softmax ? softmax_row<T> : log_softmax_row<T>;
  for_each_row(command.out[0].shape.numel(), n, pool,
               [&](std::int64_t i) { row(n, x.as<T>() + i, y.as<T>() + i); });
}

/// Ba, Kiros and Hinton, "Layer normalization" (2016).
template <class T>
void layer_norm_typed(const Command& command, ThreadPool& pool) {
  const std::int64_t n = command.out[0].shape.back();
  const Packed x(command.in[0], pool);
  const Packed weight(command.in[1], pool);
  const Packed bias(command.in[2], pool);
  const PackedResult y(command.out[0], pool);
  for_each_row(command.out[0].shape.numel(), n, pool, [&](std::int64_t i) {
    const T* from = x.as<T>() + i;
    const Batch<T> mean(map_sum<T>(
                            n, [](const Batch<T>& v) { return v; }, from) /
                        static_cast<T>(n));
    const auto square = [&](const Batch<T>& v) { return (v - mean) * (v - mean); };
    const T variance = map_sum<T>(n, square, from) / static_cast<T>(n);
    const Batch<T> deviation(std::sqrt(variance + static_cast<T>(command.attributes.epsilon)));
    map(
        n, y.as<T>() + i,
        [&](const Batch<T>& v, const Batch<T>& w, const Batch<T>& b) {
          return (v - mean) / deviation * w + b;
        },
        from, weight.as<T>(), bias.as<T>());
  });
}

/// Ioffe and Szegedy, "Batch normalization" (2015), with the batch's own statistics.
template <class T>
void batch_norm_typed(const Command& command, ThreadPool& pool) {
  const std::int64_t cols = command.out[0].shape.back();
  const std::int64_t rows = command.out[0].shape.numel() / cols;
  const Packed x(command.in[0], pool);
  const Packed weight(command.in[1], pool);
  const Packed bias(command.in[2], pool);
  const PackedResult y(command.out[0], pool);
  const PackedResult mean(command.out[1], pool);
  const PackedResult variance(command.out[2], pool);
  const Rows all{.groups = 1, .rows = rows, .cols = cols, .stride = cols};
  const auto start = [&](std::int64_t) { return x.as<T>(); };
  const auto average = [&](double total) { return total / static_cast<double>(rows); };
  reduce_columns<T>(all, start, Plus{}, Unchanged{}, average, mean.as<T>(), pool);

  // A copy that whole batches may be loaded from, and the deviation likewise.
  const auto padded = static_cast<std::size_t>(cols + lanes<T>) * sizeof(T);
  const Scratch centre(padded);
  const Scratch deviation(padded);
  std::copy_n(mean.as<T>(), cols, centre.as<T>());
  std::fill_n(centre.as<T>() + cols, lanes<T>, T{0});
  const auto square = [&](const Batch<T>& v, std::int64_t c) {
    const Batch<T> d = v - load(centre.as<T>() + c);
    return Batch<T>(d * d);
  };
  reduce_columns<T>(all, start, Plus{}, square, average, variance.as<T>(), pool);

  const Batch<T> epsilon(static_cast<T>(command.attributes.epsilon));
  map(
      cols, deviation.as<T>(), [&](const Batch<T>& v) { return xsimd::sqrt(v + epsilon); },
      variance.as<T>());
  for_each_row(rows * cols, cols, pool, [&](std::int64_t i) {
    map(
        cols, y.as<T>() + i,
        [](const Batch<T>& v, const Batch<T>& m, const Batch<T>& s, const Batch<T>& w,
           const Batch<T>& b) { return (v - m) / s * w + b; },
        x.as<T>() + i, centre.as<T>(), deviation.as<T>(), weight.as<T>(), bias.as<T>());
  });
}

void softmax(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { softmax_typed<T>(command, pool); });
}
void layer_norm(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { layer_norm_typed<T>(command, pool); });
}
void batch_norm(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { batch_norm_typed<T>(command, pool); });
}

}  // namespace

Kernel rows_kernel(Op op) {
  switch (op) {
    case Op::softmax:
    case Op::log_softmax:
      return softmax;
    case Op::layer_norm:
      return layer_norm;
    case Op::batch_norm:
      return batch_norm;
    default:
      return nullptr;
  }
}

}  // namespace varve::cpu
