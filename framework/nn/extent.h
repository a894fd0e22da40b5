#pragma once

#include <cstdint>
#include <string>

#include "framework/ops/op.h"

namespace varve {

/// Height and width of a window: `.kernel = 3` or `.kernel = {3, 5}`.
struct Extent {
  Extent(std::int64_t both) : height(both), width(both) {}  // NOLINT: `.kernel = 3` is the point
  Extent(std::int64_t h, std::int64_t w) : height(h), width(w) {}

  std::int64_t height, width;

  /// "3x5".
  std::string str() const { return std::to_string(height) + "x" + std::to_string(width); }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Throws ErrorKind::usage, naming the layer, unless kernel and stride are at least 1 and the
/// padding at least 0.
void require_window(const Extent& kernel, const Extent& stride, const Extent& padding,
                    const char* layer);

/// The same for a dilation, which is at least 1.
void require_dilation(const Extent& dilation, const char* layer);

inline Window make_window(const Extent& kernel, const Extent& stride, const Extent& padding) {
  return {{kernel.height, kernel.width},
          {stride.height, stride.width},
          {padding.height, padding.width}};
}

}  // namespace varve
