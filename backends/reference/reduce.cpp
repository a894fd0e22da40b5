#include <limits>
#include <vector>

#include "backends/reference/kernels.h"

namespace varve::reference {
namespace {

/// A value for each element of the result, addressed by the elements of the input: `values[i]` is
/// the one that element i is reduced into.
template <class T>
class Accumulators {
 public:
  Accumulators(const Shape& input, const Shape& result, T start)
      : values_(static_cast<std::size_t>(result.numel()), start),
        by_input_(values_.data(), input, strides(input, result)) {}

  T& operator[](std::int64_t i) const { return by_input_[i]; }

  template <class Out>
  void store(const View& view) const {
    const Elements<Out> out(view);
    for (std::size_t i = 0; i < values_.size(); ++i)
      out[static_cast<std::int64_t>(i)] = static_cast<Out>(values_[i]);
  }

 private:
  static Strides strides(const Shape& input, const Shape& result) {
    Strides out = contiguous_strides(result);
    for (std::size_t d = 0; d < out.size(); ++d)
      if (result[d] != input[d]) out[d] = 0;
    return out;
  }

  std::vector<T> values_;
  Elements<T> by_input_;
};

void sum(const Command& command) {
  for_number(command, command.in[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const T> x(command.in[0]);
    const Accumulators<Wide<T>> sums(command.in[0].shape, command.out[0].shape, 0);
    for (std::int64_t i = 0; i < x.count(); ++i) sums[i] += static_cast<Wide<T>>(x[i]);
    sums.template store<T>(command.out[0]);
  });
}

/// A NaN stays: nothing is larger, nor smaller.
void extremum(const Command& command) {
  const bool largest = command.op == Op::max;
  for_number(command, command.in[0].dtype, [&](auto type) {
    using T = decltype(type);
    using Limits = std::numeric_limits<T>;
    const T top = Limits::has_infinity ? Limits::infinity() : Limits::max();
    const T bottom = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    const Elements<const T> x(command.in[0]);
    const Accumulators<T> best(command.in[0].shape, command.out[0].shape, largest ? bottom : top);
    for (std::int64_t i = 0; i < x.count(); ++i)
      if ((largest ? x[i] > best[i] : x[i] < best[i]) || x[i] != x[i]) best[i] = x[i];
    best.template store<T>(command.out[0]);
  });
}

/// The first maximum; a NaN counts as one.
void argmax(const Command& command) {
  const Shape& shape = command.in[0].shape;
  const auto axis = static_cast<std::size_t>(command.attributes.axes[0]);
  const std::int64_t inner = contiguous_strides(shape)[axis];
  for_number(command, command.in[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const T> x(command.in[0]);
    const Accumulators<T> best(shape, command.out[0].shape, T{});
    const Accumulators<std::int64_t> index(shape, command.out[0].shape, 0);
    for (std::int64_t i = 0; i < x.count(); ++i) {
      const std::int64_t position = i / inner % shape[axis];
      const bool first_nan = x[i] != x[i] && best[i] == best[i];
      if (position > 0 && !(x[i] > best[i]) && !first_nan) continue;
      best[i] = x[i];
      index[i] = position;
    }
    index.template store<std::int64_t>(command.out[0]);
  });
}

}  // namespace

void add_reductions(KernelTable& table) {
  at(table, Op::sum) = sum;
  at(table, Op::max) = extremum;
  at(table, Op::min) = extremum;
  at(table, Op::argmax) = argmax;
}

}  // namespace varve::reference
