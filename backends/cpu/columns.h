#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
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

/// The smaller of two, likewise.
struct Smaller {
  template <class T>
  T operator()(const T& a, const T& b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return a != a ? a : (b >= a ? a : b);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return b >= a ? a : b;
    } else {
      return xsimd::select(xsimd::isnan(a), a, xsimd::min(a, b));
    }
  }
};

/// The largest or smallest of packed elements, by Larger or Smaller.
template <class F, class T>
T extremum(std::int64_t count, const T* x) {
  const F better;
  T best = x[0];
  std::int64_t i = 1;
  if constexpr (std::is_floating_point_v<T>) {
    if (count >= lanes<T>) {
      Batch<T> acc = load(x);
      for (i = lanes<T>; i + lanes<T> <= count; i += lanes<T>) acc = better(acc, load(x + i));
      T lane[static_cast<std::size_t>(lanes<T>)];
      acc.store_unaligned(lane);
      for (const T value : lane) best = better(best, value);
    }
  }
  for (; i < count; ++i) best = better(best, x[i]);
  return best;
}

/// What to do to an element before it is reduced, and to a total: nothing.
struct Unchanged {
  const auto& operator()(const auto& x) const { return x; }
  const auto& operator()(const auto& x, std::int64_t) const { return x; }
};

/// What a reduction is kept in beyond a block: sums are widened, so that the rounding error does
/// not grow with the number of rows.
template <class T, class F>
using Total = std::conditional_t<std::is_same_v<F, Plus>, double, T>;

/// Vectors that run side by side down the rows.
inline constexpr std::int64_t strip_width = 4;
/// Rows that are reduced in T itself: at most 8 roundings of half a unit in the last place.
inline constexpr std::int64_t block_rows = 16;

/// total[c] = f(... f(g(x[0][c]), g(x[1][c])) ...) for the columns of `width` vectors from `column`
/// on; of one vector, for `count` columns. g also gets the column.
template <std::int64_t width, class T, class F, class G>
void reduce_strip(std::int64_t rows, const T* x, std::int64_t stride, std::int64_t column,
                  std::int64_t count, const F& f, const G& g, Total<T, F>* total) {
  constexpr std::int64_t size = width * lanes<T>;
  const auto element = [&](std::int64_t row, std::int64_t j) {
    const T* from = x + row * stride + column + j * lanes<T>;
    const bool part = width == 1 && count < size;
    return Batch<T>(g(part ? load_part(from, count) : load(from), column + j * lanes<T>));
  };
  alignas(64) Total<T, F> totals[static_cast<std::size_t>(size)];
  for (std::int64_t begin = 0; begin < rows; begin += block_rows) {
    const std::int64_t end = std::min(begin + block_rows, rows);
    Batch<T> acc[width];
    for (std::int64_t j = 0; j < width; ++j) acc[j] = element(begin, j);
    for (std::int64_t r = begin + 1; r < end; ++r) {
      for (std::int64_t j = 0; j < width; ++j) acc[j] = f(acc[j], element(r, j));
    }
    alignas(64) T block[static_cast<std::size_t>(size)];
    for (std::int64_t j = 0; j < width; ++j) acc[j].store_aligned(block + j * lanes<T>);
    if (begin == 0) {
      std::copy_n(block, size, totals);
    } else {
      for (std::int64_t c = 0; c < size; ++c) totals[c] = f(totals[c], Total<T, F>{block[c]});
    }
  }
  std::copy_n(totals, width == 1 ? count : size, total + column);
}

/// The same for columns [first, last).
template <class T, class F, class G>
void reduce_rows(std::int64_t rows, const T* x, std::int64_t stride, std::int64_t first,
                 std::int64_t last, const F& f, const G& g, Total<T, F>* total) {
  constexpr std::int64_t wide = strip_width * lanes<T>;
  std::int64_t c = first;
  for (; c + wide <= last; c += wide) {
    reduce_strip<strip_width>(rows, x, stride, c, wide, f, g, total);
  }
  for (; c < last; c += lanes<T>) {
    reduce_strip<1>(rows, x, stride, c, std::min(lanes<T>, last - c), f, g, total);
  }
}

/// Groups of rows of packed columns, the rows `stride` apart; each group is reduced to one row.
struct Rows {
  std::int64_t groups, rows, cols, stride;
};

/// Elements that a task reads, about.
inline constexpr std::int64_t column_grain = 16384;

/// Calls f(i) for i < count, where each reads `size` elements: enough of them to a task.
template <class F>
void for_each_grained(std::int64_t count, std::int64_t size, ThreadPool& pool, const F& f) {
  const std::int64_t each = std::max<std::int64_t>(1, column_grain / size);
  pool.parallel_for(pieces(count, each), [&](std::int64_t task) {
    for (std::int64_t i = task * each; i < std::min((task + 1) * each, count); ++i) f(i);
  });
}

/// How a group is cut into tasks, by shape alone: chunks of rows times panels of columns. Narrow
/// rows that lie side by side are taken `fold` at a time, so that they fill vectors.
struct Cut {
  std::int64_t fold;
  std::int64_t rows, cols;  ///< of folded rows, and their size
  std::int64_t rest;        ///< rows at the end that fill no folded one
  std::int64_t chunk, chunks, panel, panels;

  std::int64_t pieces() const { return chunks * panels; }
  /// Rows of the partial results of a group.
  std::int64_t parts() const { return chunks * fold + (rest > 0 ? 1 : 0); }
};

inline Cut cut(const Rows& r, std::int64_t lane_count, bool may_fold) {
  constexpr std::int64_t few_rows = 512;
  constexpr std::int64_t widest = 1024;
  constexpr std::int64_t least_rows = 64;  // partial results are little beside what is read
  const std::int64_t strip = strip_width * lane_count;
  Cut c{};
  c.fold = 1;
  if (may_fold && r.stride == r.cols && r.cols < strip) {
    const std::int64_t unit = lane_count / std::gcd(r.cols, lane_count);  // rows to end on a vector
    const std::int64_t fold = pieces(strip, unit * r.cols) * unit;
    if (r.rows >= 4 * fold) c.fold = fold;
  }
  c.rows = r.rows / c.fold;
  c.rest = r.rows % c.fold;
  c.cols = r.cols * c.fold;
  const bool tall = c.rows > few_rows;
  c.panel =
      std::min({c.cols, widest, tall ? widest : pieces(column_grain, c.rows * strip) * strip});
  c.panels = pieces(c.cols, c.panel);
  c.chunk = tall ? std::max(least_rows, column_grain / c.panel) : c.rows;
  c.chunks = pieces(c.rows, c.chunk);
  return c;
}

/// Reduces each group; `start(i)` is its first row. `out` is [groups, cols], packed; `finish` is
/// applied to each total before it is rounded to T.
template <class T, class Start, class F, class G, class Finish>
void reduce_columns(const Rows& r, const Start& start, const F& f, const G& g, const Finish& finish,
                    T* out, ThreadPool& pool) {
  using Sum = Total<T, F>;
  const Cut c = cut(r, lanes<T>, std::is_same_v<G, Unchanged>);
  const Scratch memory(static_cast<std::size_t>(r.groups * c.parts() * r.cols) * sizeof(Sum));
  const auto parts = [&](std::int64_t group) {
    return memory.as<Sum>() + group * c.parts() * r.cols;
  };
  for_each_grained(r.groups * c.pieces(), c.chunk * c.panel, pool, [&](std::int64_t i) {
    const std::int64_t group = i / c.pieces();
    const std::int64_t chunk = i % c.pieces() / c.panels;
    const std::int64_t column = i % c.panels * c.panel;
    const std::int64_t row = chunk * c.chunk;
    reduce_rows(std::min(c.chunk, c.rows - row), start(group) + row * c.fold * r.stride,
                c.fold * r.stride, column, std::min(column + c.panel, c.cols), f, g,
                parts(group) + chunk * c.cols);
    if (c.rest > 0 && i % c.pieces() == c.pieces() - 1) {
      reduce_rows(c.rest, start(group) + c.rows * c.fold * r.stride, r.stride, 0, r.cols, f, g,
                  parts(group) + c.chunks * c.cols);
    }
  });
  constexpr std::int64_t panel = 256;
  const std::int64_t panels = pieces(r.cols, panel);
  for_each_grained(r.groups * panels, c.parts() * panel, pool, [&](std::int64_t i) {
    const std::int64_t group = i / panels;
    const std::int64_t column = i % panels * panel;
    const std::int64_t count = std::min(panel, r.cols - column);
    Sum* totals = parts(group) + column;
    for (std::int64_t part = 1; part < c.parts(); ++part) {
      const Sum* more = totals + part * r.cols;
      for (std::int64_t j = 0; j < count; ++j) totals[j] = f(totals[j], more[j]);
    }
    T* to = out + group * r.cols + column;
    for (std::int64_t j = 0; j < count; ++j) to[j] = static_cast<T>(finish(totals[j]));
  });
}

}  // namespace varve::cpu
