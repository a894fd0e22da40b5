#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "backends/cpu/kernel.h"
#include "backends/cpu/simd.h"

namespace varve::cpu {

struct Plus {
  template <class B>
  B operator()(const B& a, const B& b) const {
    return a + b;
  }
};

/// The larger of two, on numbers and on batches; a NaN stays.
struct Larger {
  template <class T>
  T operator()(const T& a, const T& b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return a != a ? a : (b <= a ? a : b);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return b <= a ? a : b;
    } else {
      return xsimd::select(xsimd::isnan(a), a, xsimd::max(a, b));  // max(): b if either is a NaN
    }
  }
};

template <class T>
T largest(std::int64_t count, const T* x) {
  const Larger larger;
  T best = x[0];
  std::int64_t i = 1;
  if constexpr (std::is_floating_point_v<T>) {
    if (count >= lanes<T>) {
      Batch<T> acc = load(x);
      for (i = lanes<T>; i + lanes<T> <= count; i += lanes<T>) acc = larger(acc, load(x + i));
      T lane[static_cast<std::size_t>(lanes<T>)];
      acc.store_unaligned(lane);
      for (const T value : lane) best = larger(best, value);
    }
  }
  for (; i < count; ++i) best = larger(best, x[i]);
  return best;
}

/// What to do to an element before it is reduced: nothing.
struct Unchanged {
  const auto& operator()(const auto& x, std::int64_t) const { return x; }
};

/// out[c] = f(... f(g(x[0][c]), g(x[1][c])) ...), in this order; g also gets the column.
template <class T, class F, class G>
void reduce_rows(std::int64_t rows, std::int64_t cols, const T* x, std::int64_t stride, const F& f,
                 const G& g, T* out) {
  constexpr std::int64_t width = 4;
  std::int64_t c = 0;
  for (; c + width * lanes<T> <= cols; c += width * lanes<T>) {
    Batch<T> acc[width];
    for (std::int64_t j = 0; j < width; ++j) {
      acc[j] = g(load(x + c + j * lanes<T>), c + j * lanes<T>);
    }
    for (std::int64_t r = 1; r < rows; ++r) {
      const T* row = x + r * stride;
      for (std::int64_t j = 0; j < width; ++j) {
        const std::int64_t at = c + j * lanes<T>;
        acc[j] = f(acc[j], g(load(row + at), at));
      }
    }
    for (std::int64_t j = 0; j < width; ++j) acc[j].store_unaligned(out + c + j * lanes<T>);
  }
  for (; c + lanes<T> <= cols; c += lanes<T>) {
    Batch<T> acc = g(load(x + c), c);
    for (std::int64_t r = 1; r < rows; ++r) acc = f(acc, g(load(x + r * stride + c), c));
    acc.store_unaligned(out + c);
  }
  if (c < cols) {
    Batch<T> acc = g(load_part(x + c, cols - c), c);
    for (std::int64_t r = 1; r < rows; ++r) {
      acc = f(acc, g(load_part(x + r * stride + c, cols - c), c));
    }
    store_part(acc, out + c, cols - c);
  }
}

/// Groups of rows of packed columns, the rows `stride` apart; each group is reduced to one row.
struct Rows {
  std::int64_t groups, rows, cols, stride;
};

/// Reduces each group; `start(i)` is its first row. Long groups go in chunks of rows first, by
/// shape alone, and then over the chunks. `out` is [groups, cols], packed.
template <class T, class Start, class F, class G>
void reduce_columns(const Rows& r, const Start& start, const F& f, const G& g, T* out,
                    ThreadPool& pool) {
  constexpr std::int64_t grain = 16384;     // elements that a task reads, about
  constexpr std::int64_t most_rows = 1024;  // one after the other: a bound on the rounding error
  const std::int64_t chunk = std::clamp<std::int64_t>(grain / r.cols, 1, most_rows);
  const std::int64_t chunks = pieces(r.rows, chunk);
  const std::int64_t per_task = std::max<std::int64_t>(1, grain / (r.rows * r.cols));
  const std::int64_t total = r.groups * chunks;
  const Scratch partials(chunks > 1 ? static_cast<std::size_t>(total * r.cols) * sizeof(T) : 0);
  T* first = chunks > 1 ? partials.as<T>() : out;
  pool.parallel_for(pieces(total, per_task), [&](std::int64_t task) {
    for (std::int64_t i = task * per_task; i < std::min((task + 1) * per_task, total); ++i) {
      const std::int64_t begin = i % chunks * chunk;
      reduce_rows(std::min(chunk, r.rows - begin), r.cols, start(i / chunks) + begin * r.stride,
                  r.stride, f, g, first + i * r.cols);
    }
  });
  if (chunks == 1) return;
  pool.parallel_for(r.groups, [&](std::int64_t i) {
    reduce_rows(chunks, r.cols, first + i * chunks * r.cols, r.cols, f, Unchanged{},
                out + i * r.cols);
  });
}

}  // namespace varve::cpu
