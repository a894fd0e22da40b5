#include "apps/studio/pictures/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace varve::studio::pictures {
namespace {

/// A line of the grid.
struct Tick {
  double value;
  std::string text;
};

/// 1, 2 or 5 times a power of ten, so that no more than `most` fit.
double tick_step(double range, double most) {
  const double rough = range / most;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::vector<Tick> number_ticks(const Range& range, double most, bool whole) {
  double step = tick_step(range.size(), most);
  if (whole) step = std::max(step, 1.0);
  std::vector<Tick> ticks;
  const double slack = 1e-9 * range.size();
  for (double i = std::ceil((range.low - slack) / step); i * step <= range.high + slack; ++i)
    ticks.push_back({i * step, number_text(i * step)});
  return ticks;
}

/// Every so many of the names that none overlaps the next.
std::vector<Tick> name_ticks(const std::vector<std::string>& names, double most) {
  const auto count = static_cast<double>(names.size());
  const auto step = static_cast<std::size_t>(std::max(1.0, std::ceil(count / most)));
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < names.size(); i += step)
    ticks.push_back({static_cast<double>(i), names[i]});
  return ticks;
}

/// Powers of two: what sizes are doubled by.
std::vector<Tick> doubling_ticks(const Range& range) {
  std::vector<Tick> ticks;
  for (double value = std::exp2(std::ceil(std::log2(range.low))); value <= range.high; value *= 2)
    ticks.push_back({value, number_text(value)});
  return ticks;
}

double widest(const std::vector<std::string>& names) {
  double width = 0;
  for (const auto& name : names) width = std::max(width, Canvas::width(name, small_style));
  return width;
}

std::vector<Tick> ticks_across(const Plot& plot, const AxisText& text) {
  if (!text.x_names.empty())
    return name_ticks(text.x_names, plot.width / (widest(text.x_names) + 8));
  if (plot.logarithmic) return doubling_ticks(plot.across);
  return number_ticks(plot.across, plot.width / 64, text.whole_x);
}

}  // namespace

void Range::include(double value) {
  if (!std::isfinite(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

Range no_range() {
  return {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
}

Range padded(Range range, double share) {
  if (!(range.low <= range.high)) range = {0, 1};
  if (range.size() <= 1e-9 * std::abs(range.high))
    range = {range.low - 0.5 * std::max(1.0, std::abs(range.low) * 0.1),
             range.high + 0.5 * std::max(1.0, std::abs(range.high) * 0.1)};
  const double more = range.size() * share;
  return {range.low - more, range.high + more};
}

double Plot::x(double value) const {
  const double share = logarithmic
                           ? std::log(value / across.low) / std::log(across.high / across.low)
                           : (value - across.low) / across.size();
  return left + share * width;
}

double Plot::y(double value) const { return top + (up.high - value) / up.size() * height; }

void draw_axes(Canvas& canvas, const Plot& plot, const AxisText& text) {
  TextStyle style = small_style;
  style.align = Align::centre;
  for (const auto& [value, label] : ticks_across(plot, text)) {
    const double x = std::round(plot.x(value)) + 0.5;
    if (text.x_names.empty())
      canvas.line(x, plot.top, x, plot.top + plot.height, {.color = faint_rule});
    canvas.text(label, x, plot.top + plot.height + 18, style);
  }
  style.align = Align::right;
  double label_width = 0;
  const auto ticks_up = text.y_names.empty()
                            ? number_ticks(plot.up, std::max(4.0, plot.height / 64), false)
                            : name_ticks(text.y_names, plot.height / 16);
  for (const auto& [value, label] : ticks_up) {
    const double y = std::round(plot.y(value)) + 0.5;
    canvas.line(plot.left, y, plot.left + plot.width, y, {.color = faint_rule});
    canvas.text(label, plot.left - 8, y + 4, style);
    label_width = std::max(label_width, Canvas::width(label, small_style));
  }
  canvas.text(text.x, plot.left + plot.width / 2, plot.top + plot.height + 42, axis_style);
  const double beside = std::max(margin, plot.left - label_width - 22);
  canvas.text_upwards(text.y, beside, plot.top + plot.height / 2, axis_style);
}

void draw_frame(Canvas& canvas, const Plot& plot) {
  const double right = plot.left + plot.width - 0.5;
  const double bottom = plot.top + plot.height - 0.5;
  const double left = plot.left + 0.5;
  const double top = plot.top + 0.5;
  const std::array<Canvas::Point, 5> corners{
      {{left, top}, {right, top}, {right, bottom}, {left, bottom}, {left, top}}};
  canvas.path(corners, {.color = rule});
}

std::string number_text(double value, int precision) {
  std::string text = fmt::format("{:.{}g}", value, precision);
  if (text == "-0") return "0";
  for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at))
    text.replace(at, 1, "\u2212");
  return text;
}

}  // namespace varve::studio::pictures
