#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "backends/vulkan/encoder.h"

namespace varve::vulkan {

/// Elements [begin, begin + count) of a packed view, as one dimension.
inline View run_of(View view, std::int64_t begin, std::int64_t count) {
  view.offset += begin;
  view.shape = {count};
  view.strides = {1};
  return view;
}

/// Calls f(begin, count) for the parts of `count` packed elements of `item` bytes that bindings can
/// hold; every part but the last is a multiple of 4 elements.
inline void for_each_part(const Traits& traits, std::int64_t count, std::size_t item,
                          const std::function<void(std::int64_t, std::int64_t)>& f) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30U;
  constexpr std::uint64_t slack =
      512;  // a bound range may start before and end behind its elements
  const auto part =
      static_cast<std::int64_t>(std::min(most, (traits.max_range - slack) / item) / 4 * 4);
  for (std::int64_t begin = 0; begin < count; begin += part) {
    f(begin, std::min(part, count - begin));
  }
}

}  // namespace varve::vulkan
