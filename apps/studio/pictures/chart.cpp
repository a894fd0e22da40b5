#include "apps/studio/pictures/chart.h"

#include <algorithm>
#include <cmath>

#include "apps/studio/pictures/canvas.h"

namespace varve::studio::pictures {
namespace {

constexpr double left = 84;
constexpr double right = 24;
constexpr double bottom = 60;
constexpr double legend_height = 24;
constexpr std::size_t most_numbers = 12;  // above bars
constexpr TextStyle legend_style{.size = 13};

/// A sign with its name in the row of a legend.
struct Entry {
  std::string name;
  int series;
  bool dashed;
};

/// Draws a legend whose rows wrap at `width`; returns how high it is. Without a canvas it is only
/// measured.
double legend(Canvas* canvas, const std::vector<Entry>& entries, double x0, double y0, double width,
              bool lines) {
  if (entries.empty()) return 0;
  double x = x0;
  double y = y0 + 12;
  for (const auto& entry : entries) {
    const double wide = 30 + Canvas::width(entry.name, legend_style) + 22;
    if (x > x0 && x + wide > x0 + width) {
      x = x0;
      y += legend_height;
    }
    if (canvas != nullptr) {
      const Color color = series_color(entry.series);
      if (lines)
        canvas->line(x, y - 4.5, x + 22, y - 4.5,
                     {.color = color, .width = 2.4, .dashed = entry.dashed});
      else
        canvas->fill(x + 6, y - 11, 13, 13, color);
      canvas->text(entry.name, x + 28, y, legend_style);
    }
    x += wide;
  }
  return y - y0 + 10;
}

void draw_line(Canvas& canvas, const Plot& plot, const Line& line, Color color) {
  std::vector<Canvas::Point> around;
  for (std::size_t i = 0; i < line.high.size(); ++i)
    around.push_back({plot.x(line.x[i]), plot.y(line.high[i])});
  for (std::size_t i = line.low.size(); i-- > 0;)
    around.push_back({plot.x(line.x[i]), plot.y(line.low[i])});
  if (!around.empty()) canvas.area(around, color, 0.15);
  std::vector<Canvas::Point> points;
  for (std::size_t i = 0; i < line.x.size(); ++i)
    if (std::isfinite(line.y[i])) points.push_back({plot.x(line.x[i]), plot.y(line.y[i])});
  canvas.path(points, {.color = color, .width = 2.4, .dashed = line.dashed});
  if (line.dots || points.size() == 1)
    for (const auto& [x, y] : points) canvas.dot(x, y, 4, Marker::circle, color, 1);
}

Plot find_plot(const LineChart& chart, double top) {
  Plot plot{.left = left,
            .top = top,
            .width = chart.width,
            .height = chart.height,
            .across = no_range(),
            .up = chart.show,
            .logarithmic = chart.logarithmic};
  for (const auto& line : chart.lines) {
    for (const double x : line.x) plot.across.include(x);
    for (const auto* values : {&line.y, &line.low, &line.high})
      for (const double y : *values) plot.up.include(y);
  }
  plot.across = padded(plot.across, 0);
  plot.up = padded(plot.up, 0.06);
  if (chart.logarithmic) plot.across = {plot.across.low / 1.1, plot.across.high * 1.1};
  return plot;
}

}  // namespace

Picture draw(const LineChart& chart) {
  std::vector<Entry> entries;
  if (chart.lines.size() > 1)
    for (std::size_t i = 0; i < chart.lines.size(); ++i)
      entries.push_back({chart.lines[i].name, static_cast<int>(i), chart.lines[i].dashed});
  const Heading heading(chart.title, chart.subtitle, left + chart.width + right);
  const double above = heading.height() + 4;
  const Plot plot = find_plot(chart, above + legend(nullptr, entries, left, 0, chart.width, true));
  Canvas canvas(heading.width(), plot.top + plot.height + bottom, chart.title);
  heading.draw(canvas);
  legend(&canvas, entries, left, above, chart.width, true);
  draw_axes(canvas, plot, chart.axes);
  draw_frame(canvas, plot);
  canvas.clip(plot.left - 5, plot.top, plot.width + 10, plot.height);
  for (std::size_t i = 0; i < chart.lines.size(); ++i)
    draw_line(canvas, plot, chart.lines[i], series_color(static_cast<int>(i)));
  canvas.unclip();
  return canvas.finish();
}

Picture draw(const BarChart& chart) {
  const auto count = static_cast<double>(chart.values.size());
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < chart.group_names.size(); ++i)
    entries.push_back({chart.group_names[i], static_cast<int>(i), false});
  const Heading heading(chart.title, chart.subtitle, left + chart.width + right);
  const double above = heading.height() + 4;
  Plot plot{.left = left,
            .top = above + legend(nullptr, entries, left, 0, chart.width, false),
            .width = chart.width,
            .height = chart.height,
            .across = {-0.5, count - 0.5},
            .up = {0, 0}};
  for (const double value : chart.values) plot.up.include(value);
  plot.up = {plot.up.low, padded(plot.up, 0.12).high};
  Canvas canvas(heading.width(), plot.top + plot.height + bottom, chart.title);
  heading.draw(canvas);
  legend(&canvas, entries, left, above, chart.width, false);
  draw_axes(canvas, plot, chart.axes);
  const double bar = std::max(1.0, plot.width / count * 0.72);
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    const double y = plot.y(chart.values[i]);
    const double x = plot.x(static_cast<double>(i));
    canvas.fill(x - bar / 2, std::min(y, plot.y(0)), bar, std::abs(plot.y(0) - y),
                series_color(chart.groups.empty() ? 0 : chart.groups[i]));
    if (chart.values.size() <= most_numbers)
      canvas.text(number_text(chart.values[i], 3), x, std::min(y, plot.y(0)) - 5,
                  {.align = Align::centre});
  }
  draw_frame(canvas, plot);
  return canvas.finish();
}

Picture draw(const Panels& panels) {
  const auto& pictures = panels.pictures;
  const std::size_t columns = std::min(panels.columns, pictures.size());
  const std::size_t rows = (pictures.size() + columns - 1) / columns;
  std::vector<double> widths(columns, 0);
  std::vector<double> heights(rows, 0);
  double width = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    widths[i % columns] = std::max(widths[i % columns], pictures[i].width());
    heights[i / columns] = std::max(heights[i / columns], pictures[i].height());
  }
  for (const double wide : widths) width += wide;
  const Heading heading(panels.title, panels.subtitle, width, 20);
  double height = panels.title.empty() ? 0 : heading.height();
  const double top = height;
  for (const double high : heights) height += high;
  Canvas canvas(heading.width(), height, panels.title);
  if (!panels.title.empty()) heading.draw(canvas);
  double y = top;
  for (std::size_t row = 0; row < rows; ++row) {
    double x = 0;
    for (std::size_t i = row * columns; i < std::min(pictures.size(), (row + 1) * columns); ++i) {
      canvas.place(pictures[i], x, y);
      x += widths[i % columns];
    }
    y += heights[row];
  }
  return canvas.finish();
}

}  // namespace varve::studio::pictures
