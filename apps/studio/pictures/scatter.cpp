#include "apps/studio/pictures/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/studio/pictures/canvas.h"

namespace varve::studio::pictures {
namespace {

constexpr double left = 76;
constexpr double bottom = 60;
constexpr double legend_step = 24;
constexpr Color unclassed{0.70, 0.70, 0.70};

/// The value below which the share `fraction` of the values lies.
double quantile(std::vector<double> values, double fraction) {
  const auto place = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

/// Holds all but the farthest points (one in a thousand at each edge) and the rings.
std::array<Range, 2> find_ranges(const Scatter& scatter) {
  if (scatter.reach)
    return {Range{-*scatter.reach, *scatter.reach}, {-*scatter.reach, *scatter.reach}};
  std::array<Range, 2> ranges{no_range(), no_range()};
  for (std::size_t axis = 0; axis < 2 && !scatter.points.empty(); ++axis) {
    std::vector<double> values;
    for (const auto& point : scatter.points) values.push_back(point[axis]);
    ranges[axis] = {quantile(values, 0.001), quantile(values, 0.999)};
  }
  for (const auto& ring : scatter.rings)
    for (const double sign : {-1.08, 1.08}) {
      ranges[0].include(ring.x + sign * ring.radius_x);
      ranges[1].include(ring.y + sign * ring.radius_y);
    }
  for (auto& range : ranges) range = padded(range, 0.03);
  if (!scatter.same_scale) return ranges;
  const double size = std::max(ranges[0].size(), ranges[1].size());
  for (auto& range : ranges) range = padded(range, (size / range.size() - 1) / 2);
  return ranges;
}

void draw_points(Canvas& canvas, const Scatter& scatter, const Plot& plot) {
  const auto count = static_cast<double>(scatter.points.size());
  const double radius = std::clamp(0.23 * scatter.side / std::sqrt(count + 1), 1.8, 4.5);
  for (std::size_t i = 0; i < scatter.points.size(); ++i) {
    const int group = scatter.classes.empty() ? 0 : scatter.classes[i];
    const auto [x, y] = scatter.points[i];
    canvas.dot(plot.x(x), plot.y(y), radius, group < 0 ? Marker::circle : series_marker(group),
               group < 0 ? unclassed : series_color(group), group < 0 ? 0.45 : 0.65);
  }
}

void draw_rings(Canvas& canvas, const Scatter& scatter, const Plot& plot) {
  const double across = plot.width / plot.across.size();
  const double up = plot.height / plot.up.size();
  constexpr TextStyle style{.size = 12, .bold = true};
  for (const auto& ring : scatter.rings) {
    const double radius_x = ring.radius_x * across;
    const double radius_y = ring.radius_y * up;
    canvas.ellipse(plot.x(ring.x), plot.y(ring.y), radius_x, radius_y,
                   {.width = 1.3, .dashed = ring.dashed});
    // Of rings that lie within each other's words, those with dashes (the outer ones) keep theirs.
    if (ring.text.empty() || (!ring.dashed && std::min(radius_x, radius_y) < 18)) continue;
    const double x = plot.x(ring.x) + radius_x * std::sqrt(0.5) + 3;
    const double y = plot.y(ring.y) - radius_y * std::sqrt(0.5) - 3;
    canvas.fill(x - 2, y - 11, Canvas::width(ring.text, style) + 4, 14, paper);
    canvas.text(ring.text, x, y, style);
  }
}

std::string class_name(const Scatter& scatter, int i) {
  const auto index = static_cast<std::size_t>(i);
  return index < scatter.class_names.size() ? scatter.class_names[index] : fmt::format("{}", i);
}

bool has_legend(const Scatter& scatter) {
  return scatter.legend && !scatter.classes.empty() && scatter.class_count > 1;
}

double legend_width(const Scatter& scatter) {
  double width = Canvas::width("class", small_style);
  for (int i = 0; i < scatter.class_count; ++i)
    width = std::max(width, Canvas::width(class_name(scatter, i), {.size = 13}));
  return width + 48;
}

void draw_legend(Canvas& canvas, const Scatter& scatter, const Plot& plot) {
  const int room = static_cast<int>((plot.height - 30) / legend_step);  // beside the plot
  const int most = scatter.class_count > room ? room - 1 : scatter.class_count;
  const double x = plot.left + plot.width + 24;
  if (scatter.class_names.empty()) canvas.text("class", x - 6, plot.top + 10, small_style);
  for (int i = 0; i < most; ++i) {
    const double y = plot.top + 34 + legend_step * i;
    canvas.dot(x, y, 5.5, series_marker(i), series_color(i), 1);
    canvas.text(class_name(scatter, i), x + 14, y + 4.5, {.size = 13});
  }
  if (most < scatter.class_count)
    canvas.text(fmt::format("and {}", scatter.class_count - most), x - 6,
                plot.top + 38 + legend_step * most, small_style);
}

}  // namespace

std::vector<Ring> unit_gaussian() {
  return {{.text = "1σ"}, {.radius_x = 2, .radius_y = 2, .dashed = true, .text = "2σ"}};
}

Picture draw(const Scatter& scatter) {
  const auto [across, up] = find_ranges(scatter);
  const double right = has_legend(scatter) ? legend_width(scatter) : 24;
  const Heading heading(scatter.title, scatter.subtitle, left + scatter.side + right);
  const Plot plot{.left = left,
                  .top = heading.height() + 4,
                  .width = scatter.side,
                  .height = scatter.side,
                  .across = across,
                  .up = up};
  Canvas canvas(heading.width(), plot.top + plot.height + bottom, scatter.title);
  heading.draw(canvas);
  draw_axes(canvas, plot, scatter.axes);
  canvas.clip(plot.left, plot.top, plot.width, plot.height);
  draw_points(canvas, scatter, plot);
  draw_rings(canvas, scatter, plot);
  canvas.unclip();
  draw_frame(canvas, plot);
  if (has_legend(scatter)) draw_legend(canvas, scatter, plot);
  return canvas.finish();
}

}  // namespace varve::studio::pictures
