#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "framework/backend/backend.h"

namespace varve {

/// Where the elements of a view lie, in row-major order, with neighbouring dimensions merged
/// wherever the memory allows it: a contiguous view is one run, whatever its shape.
struct Layout {
  const Storage* storage = nullptr;  ///< null for no elements
  std::int64_t offset = 0;           ///< of the first element, in elements
  std::size_t item = 0;              ///< bytes an element
  std::int64_t count = 0;
  std::size_t rank = 0;
  std::array<std::int64_t, Dims::max_rank> shape{};
  std::array<std::int64_t, Dims::max_rank> strides{};  ///< in elements

  bool flat() const { return rank == 0 || (rank == 1 && strides[0] == 1); }
  /// One element, read again and again.
  bool constant() const { return rank == 1 && strides[0] == 0; }
  /// The same elements in the same order.
  friend bool operator==(const Layout& a, const Layout& b);
};

Layout layout(const View& view);

/// The bytes of its buffer that a view may touch, for checks of overlap. Empty for no elements.
struct ByteRange {
  const Storage* storage = nullptr;
  std::int64_t first = 0;
  std::int64_t last = 0;  ///< one past
  bool overlaps(const ByteRange& other) const {
    return storage == other.storage && first < other.last && other.first < last;
  }
};
ByteRange byte_range(const View& view);

/// Calls f(view, written) for the inputs of a command and then its outputs.
template <class F>
void for_each_view(Command& command, const F& f) {
  for (View& view : command.in) f(view, false);
  for (View& view : command.out) f(view, true);
}
template <class F>
void for_each_view(const Command& command, const F& f) {
  for (const View& view : command.in) f(view, false);
  for (const View& view : command.out) f(view, true);
}

/// Whether there is nothing to compute.
bool is_empty(const Command& command);

}  // namespace varve
