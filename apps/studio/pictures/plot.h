#pragma once

#include <string>
#include <vector>

#include "apps/studio/pictures/canvas.h"

namespace varve::studio::pictures {

/// Numbers from `low` to `high`.
struct Range {
  double low = 0, high = 1;

  double size() const { return high - low; }
  /// Grows to hold `value`; NaN changes nothing.
  void include(double value);
};
/// A range that holds nothing yet.
Range no_range();
/// The range, or [0, 1] where it holds nothing, with `share` of its size more at each end; one of
/// no size gets some.
Range padded(Range range, double share);

/// A rectangle of the sheet that shows a rectangle of numbers.
struct Plot {
  double left, top, width, height;
  Range across, up;
  bool logarithmic = false;  ///< across

  double x(double value) const;
  double y(double value) const;
};

struct AxisText {
  std::string x{}, y{};
  std::vector<std::string> x_names{}, y_names{};  ///< stand at 0, 1, 2, ... in place of numbers
  bool whole_x = false;                           ///< no ticks between whole numbers
};

/// The lines of the grid with their numbers, and what the axes are, left of and below the plot.
void draw_axes(Canvas& canvas, const Plot& plot, const AxisText& text);
/// The frame around the plot.
void draw_frame(Canvas& canvas, const Plot& plot);

/// "−0.5": as short as `precision` digits allow, with a minus that is not a hyphen.
std::string number_text(double value, int precision = 6);

}  // namespace varve::studio::pictures
