#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.h"

namespace varve::pictures {

/// Points in a plane, coloured by class.
struct Scatter {
  std::string title{};
  std::string subtitle{};
  std::string x_label{}, y_label{};
  std::vector<std::array<double, 2>> points{};
  std::vector<int> classes{};  ///< one a point, or none at all; negative: no class
  int class_count = 0;
  bool unit_gaussian = false;  ///< draws the circles that hold 39 % and 86 % of N(0, I)
};

/// u8 [height, width, 3], both axes with the same scale.
Array draw(const Scatter& scatter);

}  // namespace varve::pictures
