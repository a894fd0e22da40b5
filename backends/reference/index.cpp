#include <vector>

#include "backends/reference/kernels.h"

namespace varve::reference {
namespace {

/// For every element of the index, in row-major order: the number, in row-major order, of the
/// element of `shape` that it names along the axis.
std::vector<std::int64_t> places(const Command& command, const Shape& shape) {
  const View& index = command.in[1];
  const auto axis = static_cast<std::size_t>(command.attributes.axes[0]);
  const Strides from = contiguous_strides(index.shape);
  const Strides to = contiguous_strides(shape);
  std::vector<std::int64_t> out;
  for_number(command, index.dtype, [&](auto type) {
    const Elements<const decltype(type)> indices(index);
    for (std::int64_t i = 0; i < indices.count(); ++i) {
      const auto along = static_cast<std::int64_t>(indices[i]);
      if (along < 0 || along >= shape[axis])
        fail(ErrorKind::usage, "[{}] index {} is outside of an axis of {}", name(command.op), along,
             shape[axis]);
      std::int64_t place = along * to[axis];
      for (std::size_t d = 0; d < shape.size(); ++d)
        if (d != axis) place += i / from[d] % index.shape[d] * to[d];
      out.push_back(place);
    }
  });
  return out;
}

void gather(const Command& command) {
  const auto from = places(command, command.in[0].shape);
  for_any(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const T> x(command.in[0]);
    const Elements<T> out(command.out[0]);
    // Indices are read before anything is written; x is, too: `out` may be x.
    std::vector<T> values;
    for (const auto place : from) values.push_back(x[place]);
    for (std::int64_t i = 0; i < out.count(); ++i) out[i] = values[static_cast<std::size_t>(i)];
  });
}

/// Adds in row-major order of the index, so that the rounding is always the same.
void scatter_add(const Command& command) {
  const auto to = places(command, command.in[0].shape);
  for_number(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const T> x(command.in[0]);
    const Elements<const T> source(command.in[2]);
    const Elements<T> out(command.out[0]);
    std::vector<Wide<T>> sums;
    for (std::int64_t i = 0; i < x.count(); ++i) sums.push_back(static_cast<Wide<T>>(x[i]));
    for (std::size_t i = 0; i < to.size(); ++i)
      sums[static_cast<std::size_t>(to[i])] +=
          static_cast<Wide<T>>(source[static_cast<std::int64_t>(i)]);
    for (std::int64_t i = 0; i < out.count(); ++i)
      out[i] = static_cast<T>(sums[static_cast<std::size_t>(i)]);
  });
}

}  // namespace

void add_indexing(KernelTable& table) {
  at(table, Op::gather) = gather;
  at(table, Op::scatter_add) = scatter_add;
}

}  // namespace varve::reference
