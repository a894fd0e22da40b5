#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "framework/backend/backend.h"

namespace varve::cpu {

/// The elements of a view in row-major order, with neighbouring dimensions merged wherever the
/// memory allows it: a contiguous view is one run, whatever its shape.
struct Walk {
  std::byte* data = nullptr;  ///< the first element
  std::size_t item = 0;       ///< bytes an element
  std::int64_t count = 0;
  std::size_t rank = 0;
  std::array<std::int64_t, Dims::max_rank> shape{};
  std::array<std::int64_t, Dims::max_rank> strides{};  ///< in elements

  bool flat() const { return rank == 0 || (rank == 1 && strides[0] == 1); }
  /// One element, read again and again.
  bool constant() const { return rank == 1 && strides[0] == 0; }
  /// The same elements in the same order.
  friend bool operator==(const Walk& a, const Walk& b);
};

Walk walk(const View& view);

/// Copies elements [begin, begin + count) of the row-major order to or from packed memory.
void read_run(const Walk& from, std::int64_t begin, std::int64_t count, std::byte* to);
void write_run(const Walk& to, std::int64_t begin, std::int64_t count, const std::byte* from);

/// The bytes that a view may touch, for checks of overlap. Empty for no elements.
struct Extent {
  const std::byte* first = nullptr;
  const std::byte* last = nullptr;  ///< one past
  bool overlaps(const Extent& other) const { return first < other.last && other.first < last; }
};
Extent extent(const View& view);

}  // namespace varve::cpu
