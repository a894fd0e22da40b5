#include <algorithm>
#include <span>

#include "backends/cpu/columns.h"
#include "backends/cpu/elementwise.h"
#include "backends/cpu/kernel.h"

namespace varve::cpu {

namespace {

/// Elements that one task reads, about.
constexpr std::int64_t grain = 16384;

/// A reduction taken apart: the input's kept dimensions, and the reduced ones of the first output.
struct Reduction {
  Walk kept;
  Walk run;
  Walk out;
  Op op = Op::sum;
};

Reduction take_apart(const Command& command) {
  const View& x = command.in[0];
  const Axes& axes = command.attributes.axes;
  View kept = x;
  View run = x;
  kept.shape = run.shape = {};
  kept.strides = run.strides = {};
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    const bool reduced =
        std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(d)) != axes.end();
    View& part = reduced ? run : kept;
    part.shape.push_back(x.shape[d]);
    part.strides.push_back(x.strides[d]);
  }
  return {walk(kept), walk(run), walk(command.out[0]), command.op};
}

/// Where element `index` of the row-major order lies.
std::byte* element(const Walk& w, std::int64_t index) {
  std::int64_t offset = 0;
  for (std::size_t d = w.rank; d-- > 0;) {
    offset += index % w.shape[d] * w.strides[d];
    index /= w.shape[d];
  }
  return w.data + offset * static_cast<std::int64_t>(w.item);
}

/// The kept dimensions end in packed columns and the reduced ones are one: whole rows at a time.
template <class T, class F>
void reduce_by_columns(const Reduction& r, ThreadPool& pool) {
  const std::int64_t cols = r.kept.shape[r.kept.rank - 1];
  const auto start = [&](std::int64_t i) {
    return reinterpret_cast<const T*>(element(r.kept, i * cols));
  };
  const Rows rows{
      .groups = r.kept.count / cols, .rows = r.run.count, .cols = cols, .stride = r.run.strides[0]};
  reduce_columns<T>(rows, start, F{}, Unchanged{}, Unchanged{}, reinterpret_cast<T*>(r.out.data),
                    pool);
}

/// Calls tile(number, count, packed elements) for each tile of a run.
template <class Tile>
void for_each_tile(const Walk& run, const Scratch& staging, const Tile& tile) {
  for (std::int64_t t = 0; t < pieces(run.count, tile_size); ++t) {
    const std::int64_t begin = t * tile_size;
    const std::int64_t count = std::min(tile_size, run.count - begin);
    if (run.flat()) {
      tile(t, count, run.data + begin * static_cast<std::int64_t>(run.item));
    } else {
      read_run(run, begin, count, staging.as());
      tile(t, count, staging.as());
    }
  }
}

/// One maximum or minimum, by Larger or Smaller.
template <class T, class F>
void reduce_run(const Walk& run, const Scratch& staging, std::byte* out) {
  T best = *reinterpret_cast<const T*>(run.data);
  for_each_tile(run, staging, [&](std::int64_t, std::int64_t count, const std::byte* x) {
    best = F{}(best, extremum<F>(count, reinterpret_cast<const T*>(x)));
  });
  *reinterpret_cast<T*>(out) = best;
}

/// Any layout and dtype: one output after the other.
void reduce_runs(const Reduction& r, DType dtype, ThreadPool& pool) {
  const std::int64_t tiles = pieces(r.run.count, tile_size);
  const std::int64_t group =
      std::max<std::int64_t>(1, grain / std::max<std::int64_t>(r.run.count, 1));
  pool.parallel_for(pieces(r.out.count, group), [&](std::int64_t task) {
    const Scratch staging(tile_size * 8);
    const Scratch memory(static_cast<std::size_t>(tiles) * sizeof(Partial));
    const std::span<Partial> partials(memory.as<Partial>(), static_cast<std::size_t>(tiles));
    Walk run = r.run;
    const std::int64_t end = std::min((task + 1) * group, r.out.count);
    for (std::int64_t i = task * group; i < end; ++i) {
      if (run.count > 0) run.data = element(r.kept, i);
      std::byte* out = element(r.out, i);
      if (r.op == Op::sum) {
        for_each_tile(run, staging, [&](std::int64_t t, std::int64_t count, const std::byte* x) {
          partials[static_cast<std::size_t>(t)] = sum_tile(dtype, count, x);
        });
        store_total(dtype, partials, out);
        continue;
      }
      dispatch(dtype, [&]<class T>() {
        r.op == Op::max ? reduce_run<T, Larger>(run, staging, out)
                        : reduce_run<T, Smaller>(run, staging, out);
      });
    }
  });
}

bool is_by_columns(const Reduction& r, DType dtype) {
  return is_floating(dtype) && r.out.flat() && r.run.rank == 1 && r.run.count > 1 &&
         r.kept.rank > 0 && r.kept.strides[r.kept.rank - 1] == 1;
}

void reduce(const Command& command, ThreadPool& pool) {
  const DType dtype = command.out[0].dtype;
  const Reduction r = take_apart(command);
  if (is_full_sum(command)) {
    int slots = 0;
    const Link link = make_sum_link(command, slots);
    run_chain({&link, 1}, r.run.count, slots, pool);
  } else if (is_by_columns(r, dtype)) {
    dispatch_floating(dtype, [&]<class T>() {
      if (r.op == Op::sum) return reduce_by_columns<T, Plus>(r, pool);
      r.op == Op::max ? reduce_by_columns<T, Larger>(r, pool)
                      : reduce_by_columns<T, Smaller>(r, pool);
    });
  } else {
    reduce_runs(r, dtype, pool);
  }
}

template <class T>
std::int64_t position_of_largest(const T* x, std::int64_t count, std::int64_t step) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < count; ++i) {
    const T value = x[i * step];
    const T current = x[best * step];
    if (current != current) break;
    if (value > current || value != value) best = i;
  }
  return best;
}

void argmax(const Command& command, ThreadPool& pool) {
  const Reduction r = take_apart(command);
  const std::int64_t step = r.run.rank > 0 ? r.run.strides[0] : 0;
  const std::int64_t group =
      std::max<std::int64_t>(1, grain / std::max<std::int64_t>(r.run.count, 1));
  pool.parallel_for(pieces(r.out.count, group), [&](std::int64_t task) {
    const std::int64_t end = std::min((task + 1) * group, r.out.count);
    for (std::int64_t i = task * group; i < end; ++i) {
      auto* out = reinterpret_cast<std::int64_t*>(element(r.out, i));
      dispatch(command.in[0].dtype, [&]<class T>() {
        *out =
            position_of_largest(reinterpret_cast<const T*>(element(r.kept, i)), r.run.count, step);
      });
    }
  });
}

}  // namespace

Kernel reduce_kernel(Op op) {
  if (op == Op::sum || op == Op::max || op == Op::min) return reduce;
  return op == Op::argmax ? argmax : nullptr;
}

}  // namespace varve::cpu
