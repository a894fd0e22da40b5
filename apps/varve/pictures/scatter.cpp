#include "apps/varve/pictures/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/varve/pictures/canvas.h"

namespace varve::pictures {
namespace {

constexpr double side = 640;  // of the plot
constexpr double left = 72;
constexpr double top = 62;
constexpr double bottom = 56;
constexpr double legend_width = 84;
const TextStyle title_style{.size = 17, .bold = true};
const TextStyle small_style{.size = 12, .color = faint_ink};
const TextStyle axis_style{.size = 13, .align = Align::centre};

/// The square of data space that is shown, and how it maps to pixels.
struct Frame {
  double centre_x, centre_y, reach;

  double unit() const { return side / (2 * reach); }
  double x(double value) const { return left + side / 2 + (value - centre_x) * unit(); }
  double y(double value) const { return top + side / 2 - (value - centre_y) * unit(); }
};

/// The value below which the share `fraction` of the values lies.
double quantile(std::vector<double> values, double fraction) {
  const auto place = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

/// Holds all but the farthest points (one in a thousand at each edge) and the circles.
Frame find_frame(const Scatter& scatter) {
  double low[2] = {-1, -1};
  double high[2] = {1, 1};
  for (std::size_t axis = 0; axis < 2 && !scatter.points.empty(); ++axis) {
    std::vector<double> values;
    for (const auto& point : scatter.points) values.push_back(point[axis]);
    low[axis] = quantile(values, 0.001);
    high[axis] = quantile(values, 0.999);
    if (scatter.unit_gaussian) {
      low[axis] = std::min(low[axis], -2.2);
      high[axis] = std::max(high[axis], 2.2);
    }
  }
  const double reach = std::max(high[0] - low[0], high[1] - low[1]) / 2 * 1.06;
  return {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, reach > 0 ? reach : 1};
}

/// 1, 2 or 5 times a power of ten, so that about eight fit.
double tick_step(double range) {
  const double rough = range / 8;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough) return factor * power;
  return 10 * power;
}

void draw_axes(Canvas& canvas, const Scatter& scatter, const Frame& frame) {
  const double step = tick_step(2 * frame.reach);
  TextStyle style = small_style;
  style.align = Align::centre;
  const auto first = [&](double centre) { return std::ceil((centre - frame.reach) / step); };
  const auto last = [&](double centre) { return std::floor((centre + frame.reach) / step); };
  for (double i = first(frame.centre_x); i <= last(frame.centre_x); ++i) {
    const double x = std::round(frame.x(i * step)) + 0.5;
    canvas.line(x, top, x, top + side, {0.93, 0.93, 0.93});
    canvas.text(fmt::format("{:g}", i * step), x, top + side + 18, style);
  }
  style.align = Align::right;
  for (double i = first(frame.centre_y); i <= last(frame.centre_y); ++i) {
    const double y = std::round(frame.y(i * step)) + 0.5;
    canvas.line(left, y, left + side, y, {0.93, 0.93, 0.93});
    canvas.text(fmt::format("{:g}", i * step), left - 8, y + 4, style);
  }
  canvas.text(scatter.x_label, left + side / 2, top + side + 42, axis_style);
  canvas.text_upwards(scatter.y_label, 24, top + side / 2, axis_style);
}

void draw_points(Canvas& canvas, const Scatter& scatter, const Frame& frame) {
  const auto count = static_cast<double>(scatter.points.size());
  const double radius = std::clamp(150 / std::sqrt(count + 1), 2.0, 4.5);
  for (std::size_t i = 0; i < scatter.points.size(); ++i) {
    const int group = scatter.classes.empty() ? 0 : scatter.classes[i];
    const Color color = group < 0 ? faint_ink : series_color(group);
    canvas.dot(frame.x(scatter.points[i][0]), frame.y(scatter.points[i][1]), radius,
               group < 0 ? Marker::circle : series_marker(group), color, 0.65);
  }
}

void draw_circles(Canvas& canvas, const Frame& frame) {
  for (const int sigma : {1, 2}) {
    canvas.circle(frame.x(0), frame.y(0), sigma * frame.unit(), ink, sigma == 2);
    const double x = frame.x(0) + sigma * frame.unit() * std::sqrt(0.5) + 3;
    const double y = frame.y(0) - sigma * frame.unit() * std::sqrt(0.5) - 3;
    canvas.fill(x - 2, y - 11, 20, 14, paper);
    canvas.text(fmt::format("{}σ", sigma), x, y, {.size = 12, .bold = true});
  }
}

void draw_legend(Canvas& canvas, const Scatter& scatter) {
  if (scatter.classes.empty() || scatter.class_count < 2) return;
  constexpr int most = 24;  // as many as fit beside the plot
  const double x = left + side + 24;
  canvas.text("class", x - 6, top + 10, small_style);
  for (int i = 0; i < std::min(scatter.class_count, most); ++i) {
    const double y = top + 34 + 24 * i;
    canvas.dot(x, y, 5.5, series_marker(i), series_color(i), 1);
    canvas.text(fmt::format("{}", i), x + 14, y + 4.5, {.size = 13});
  }
}

}  // namespace

Array draw(const Scatter& scatter) {
  const Frame frame = find_frame(scatter);
  const bool legend = !scatter.classes.empty() && scatter.class_count > 1;
  const double width = left + side + (legend ? legend_width : 24);
  Canvas canvas(static_cast<std::int64_t>(width), static_cast<std::int64_t>(top + side + bottom));
  canvas.text(scatter.title, 16, 30, title_style);
  canvas.text(scatter.subtitle, 16, 50, small_style);
  draw_axes(canvas, scatter, frame);
  canvas.clip(left, top, side, side);
  draw_points(canvas, scatter, frame);
  if (scatter.unit_gaussian) draw_circles(canvas, frame);
  canvas.unclip();
  for (const double edge : {0.5, side - 0.5}) {
    canvas.line(left + edge, top, left + edge, top + side, rule);
    canvas.line(left, top + edge, left + side, top + edge, rule);
  }
  draw_legend(canvas, scatter);
  return canvas.pixels();
}

}  // namespace varve::pictures
