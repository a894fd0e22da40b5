#include <algorithm>
#include <array>
#include <numeric>
#include <type_traits>

#include "backends/cpu/kernel.h"

namespace varve::cpu {

namespace {

/// A shape around one axis: [outer, size, inner].
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  explicit Around(const Command& command) {
    const Shape& shape = command.out[0].shape;
    const auto axis = static_cast<std::size_t>(command.attributes.axes[0]);
    for (std::size_t d = 0; d < shape.size(); ++d) {
      (d < axis ? outer : d == axis ? size : inner) *= shape[d];
    }
  }
};

/// Floats are summed in double, integers wrap around, which only unsigned ones may.
template <class T>
using Total = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

template <class T>
void cumsum_typed(const Command& command, ThreadPool& pool) {
  constexpr std::int64_t width = 64;  // columns that are summed side by side
  const Around around(command);
  const Packed x(command.in[0], pool);
  const PackedResult out(command.out[0], pool);
  const std::int64_t across = pieces(around.inner, width);
  pool.parallel_for(around.outer * across, [&](std::int64_t task) {
    const std::int64_t begin = task % across * width;
    const std::int64_t count = std::min(width, around.inner - begin);
    std::array<Total<T>, width> totals{};
    std::int64_t line = task / across * around.size * around.inner + begin;
    for (std::int64_t s = 0; s < around.size; ++s, line += around.inner) {
      for (std::int64_t i = 0; i < count; ++i) {
        auto& total = totals[static_cast<std::size_t>(i)];
        const T value = x.as<T>()[line + i];
        total = s == 0 ? static_cast<Total<T>>(value) : total + static_cast<Total<T>>(value);
        out.as<T>()[line + i] = static_cast<T>(total);
      }
    }
  });
}

/// NaN behind everything.
template <class T>
bool less(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a < b || (b != b && a == a);
  } else {
    return a < b;
  }
}

template <class T>
void argsort_typed(const Command& command, ThreadPool& pool) {
  const Around around(command);
  const Packed x(command.in[0], pool);
  const PackedResult out(command.out[0], pool);
  pool.parallel_for(around.outer * around.inner, [&](std::int64_t task) {
    const std::int64_t begin = task / around.inner * around.size * around.inner;
    const T* line = x.as<T>() + begin + task % around.inner;
    const Scratch scratch(static_cast<std::size_t>(around.size) * sizeof(std::int64_t));
    auto* order = scratch.as<std::int64_t>();
    std::iota(order, order + around.size, std::int64_t{0});
    std::sort(order, order + around.size, [&](std::int64_t i, std::int64_t j) {
      const T a = line[i * around.inner];
      const T b = line[j * around.inner];
      return less(a, b) || (!less(b, a) && i < j);
    });
    auto* to = out.as<std::int64_t>() + begin + task % around.inner;
    for (std::int64_t i = 0; i < around.size; ++i) to[i * around.inner] = order[i];
  });
}

void cumsum(const Command& command, ThreadPool& pool) {
  dispatch(command.out[0].dtype, [&]<class T>() { cumsum_typed<T>(command, pool); });
}

void argsort(const Command& command, ThreadPool& pool) {
  dispatch(command.in[0].dtype, [&]<class T>() { argsort_typed<T>(command, pool); });
}

}  // namespace

Kernel ordering_kernel(Op op) {
  switch (op) {
    case Op::cumsum:
      return cumsum;
    case Op::argsort:
      return argsort;
    default:
      return nullptr;
  }
}

}  // namespace varve::cpu
