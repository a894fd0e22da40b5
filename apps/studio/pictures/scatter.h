#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/studio/pictures/picture.h"
#include "apps/studio/pictures/plot.h"

namespace varve::studio::pictures {

/// An ellipse around a place, with a word at its upper right.
struct Ring {
  double x = 0, y = 0;
  double radius_x = 1, radius_y = 1;
  bool dashed = false;
  std::string text{};
};

/// Circles one and two standard deviations of N(0, I) wide: they hold 39 % and 86 % of it.
std::vector<Ring> unit_gaussian();

/// Points in a plane, coloured by class.
struct Scatter {
  std::string title{};
  std::string subtitle{};
  AxisText axes{};
  std::vector<std::array<double, 2>> points{};
  std::vector<int> classes{};  ///< one a point, or none at all; negative: faint, in no class
  int class_count = 0;
  std::vector<std::string> class_names{};  ///< default: their numbers
  std::vector<Ring> rings{};
  double side = 640;              ///< of the plot, in pixels
  bool legend = true;             ///< if there are classes
  bool same_scale = true;         ///< of both axes
  std::optional<double> reach{};  ///< shows [-reach, reach] in both directions
};

Picture draw(const Scatter& scatter);

}  // namespace varve::studio::pictures
