#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

namespace varve {

/// A cast that is defined for every value: a float is cut to a whole number, one that an integer
/// cannot hold becomes the nearest that it can, NaN becomes 0; an integer keeps its low bits in a
/// narrower one; bool is whether the value is not 0 (NaN is not). What Op::copy does.
template <class To, class From>
To cast_value(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Limits = std::numeric_limits<To>;
    if (std::isnan(value)) return 0;
    if (value <= static_cast<From>(Limits::min())) return Limits::min();
    if (value >= static_cast<From>(Limits::max())) return Limits::max();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace varve
