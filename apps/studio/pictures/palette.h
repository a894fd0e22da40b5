#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "framework/core/array.h"

namespace varve::studio::pictures {

/// Up to 256 colours, and which of them each pixel takes.
class Palette {
 public:
  /// For u8 [height, width, 3] images.
  explicit Palette(const std::vector<Array>& images);

  using Rgb = std::array<std::uint8_t, 3>;
  const std::vector<Rgb>& colors() const { return colors_; }
  /// An index into colors() for each pixel, row by row.
  std::vector<std::uint8_t> indices(const Array& image) const;

 private:
  std::vector<Rgb> colors_;
  std::vector<std::uint8_t> nearest_;  ///< by the upper five bits of red, green and blue
  bool exact_ = false;                 ///< every colour of the images is there: sorted in colors_
};

}  // namespace varve::studio::pictures
