#pragma once

#include <span>
#include <vector>

namespace varve::detail {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

/// Control points of one pen movement: a uniform cubic B-spline whose ends are clamped. A point
/// named twice is a corner.
using Stroke = std::vector<Point>;

/// One way to write a digit, in a box about 60 wide and 100 high, y downwards.
struct Glyph {
  std::vector<Stroke> strokes;
  double weight = 1.0;  ///< how often people write it so, relative to the digit's other glyphs
};

/// The glyphs of a digit, 0 to 9.
std::span<const Glyph> digit_glyphs(int digit);

}  // namespace varve::detail
