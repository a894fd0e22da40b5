#include <algorithm>
#include <type_traits>

#include "backends/cpu/kernel.h"
#include "framework/core/cast.h"

namespace varve::cpu {

namespace {

constexpr std::int64_t grain = 16384;

/// An integer view whose elements are read one by one.
class Indices {
 public:
  Indices(const View& view, ThreadPool& pool)
      : packed_(view, pool), wide_(view.dtype == DType::i64) {}
  std::int64_t operator[](std::int64_t i) const {
    return wide_ ? packed_.as<std::int64_t>()[i] : packed_.as<std::int32_t>()[i];
  }

 private:
  Packed packed_;
  bool wide_;
};

/// A shape around one axis: [outer, size, inner].
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  Around(const Shape& shape, std::int64_t axis) {
    for (std::size_t d = 0; d < shape.size(); ++d) {
      const auto at = static_cast<std::int64_t>(d);
      (at < axis ? outer : at == axis ? size : inner) *= shape[d];
    }
  }
};

void check_index(const char* op, std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size) {
    fail(ErrorKind::usage, "[{}] index {} is out of range for an axis of {}, use 0 to {}", op,
         index, size, size - 1);
  }
}

template <class T>
void gather_typed(const Command& command, ThreadPool& pool) {
  const std::int64_t axis = command.attributes.axes[0];
  const Around from(command.in[0].shape, axis);
  const Around to(command.out[0].shape, axis);
  const Packed x(command.in[0], pool);
  const Indices index(command.in[1], pool);
  const PackedResult out(command.out[0], pool);
  const std::int64_t lines = to.outer * to.size;
  const std::int64_t group = std::max<std::int64_t>(1, grain / to.inner);
  pool.parallel_for(pieces(lines, group), [&](std::int64_t task) {
    for (std::int64_t l = task * group; l < std::min((task + 1) * group, lines); ++l) {
      const T* plane = x.as<T>() + l / to.size * from.size * from.inner;
      T* line = out.as<T>() + l * to.inner;
      for (std::int64_t i = 0; i < to.inner; ++i) {
        const std::int64_t at = index[l * to.inner + i];
        check_index("gather", at, from.size);
        line[i] = plane[at * from.inner + i];
      }
    }
  });
}

/// Integers wrap around, which only unsigned ones may.
template <class T>
T sum_of(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
}

/// Adds in the order of the index; tasks own different columns, so the order does not change.
template <class T>
void scatter_add_typed(const Command& command, ThreadPool& pool) {
  const std::int64_t axis = command.attributes.axes[0];
  const Around to(command.out[0].shape, axis);
  const Around from(command.in[1].shape, axis);
  const Packed x(command.in[0], pool);
  const Indices index(command.in[1], pool);
  const Packed source(command.in[2], pool);
  const PackedResult out(command.out[0], pool);
  if (out.as<T>() != x.as<T>()) {
    std::copy_n(x.as<T>(), command.out[0].shape.numel(), out.as<T>());
  }
  if (from.size == 0) return;
  const std::int64_t width = std::clamp<std::int64_t>(grain / from.size, 1, to.inner);
  const std::int64_t across = pieces(to.inner, width);
  pool.parallel_for(to.outer * across, [&](std::int64_t task) {
    const std::int64_t outer = task / across;
    const std::int64_t begin = task % across * width;
    const std::int64_t end = std::min(begin + width, to.inner);
    T* plane = out.as<T>() + outer * to.size * to.inner;
    for (std::int64_t s = 0; s < from.size; ++s) {
      const std::int64_t line = (outer * from.size + s) * from.inner;
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t at = index[line + i];
        check_index("scatter_add", at, to.size);
        T& target = plane[at * to.inner + i];
        target = sum_of(target, source.as<T>()[line + i]);
      }
    }
  });
}

void gather(const Command& command, ThreadPool& pool) {
  dispatch(command.out[0].dtype, [&]<class T>() { gather_typed<T>(command, pool); });
}

void scatter_add(const Command& command, ThreadPool& pool) {
  dispatch(command.out[0].dtype, [&]<class T>() { scatter_add_typed<T>(command, pool); });
}

void iota(const Command& command, ThreadPool& pool) {
  const View& view = command.out[0];
  const PackedResult out(view, pool);
  const Attributes& a = command.attributes;
  dispatch(view.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < view.shape.numel(); ++i) {
      out.as<T>()[i] = cast_value<T>(a.value + a.step * static_cast<double>(i));
    }
  });
}

}  // namespace

Kernel index_kernel(Op op) {
  switch (op) {
    case Op::iota:
      return iota;
    case Op::gather:
      return gather;
    case Op::scatter_add:
      return scatter_add;
    default:
      return nullptr;
  }
}

}  // namespace varve::cpu
