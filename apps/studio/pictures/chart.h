#pragma once

#include <string>
#include <vector>

#include "apps/studio/pictures/picture.h"
#include "apps/studio/pictures/plot.h"

namespace varve::studio::pictures {

/// A line through points, and an area around it where `low` and `high` are given.
struct Line {
  std::string name{};
  std::vector<double> x{}, y{};
  std::vector<double> low{}, high{};  ///< as many as x, or none
  bool dashed = false;
  bool dots = false;  ///< marks the points
};

/// Lines over an axis, with a legend if there is more than one.
struct LineChart {
  std::string title{};
  std::string subtitle{};
  AxisText axes{};
  std::vector<Line> lines{};
  double width = 560, height = 300;  ///< of the plot, in pixels
  bool logarithmic = false;          ///< across
  Range show = no_range();           ///< what must be seen upwards, besides the lines
};
Picture draw(const LineChart& chart);

/// A bar for each value, upwards from 0; over few bars stand the values.
struct BarChart {
  std::string title{};
  std::string subtitle{};
  AxisText axes{};  ///< x_names name the bars
  std::vector<double> values{};
  std::vector<int> groups{};               ///< series_color() of each; default: all 0
  std::vector<std::string> group_names{};  ///< for the legend
  double width = 640, height = 300;
};
Picture draw(const BarChart& chart);

/// Pictures beside each other, `columns` a row, under one heading.
struct Panels {
  std::string title{};
  std::string subtitle{};
  std::vector<Picture> pictures{};
  std::size_t columns = 3;
};
Picture draw(const Panels& panels);

}  // namespace varve::studio::pictures
