#include "apps/studio/pictures/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "apps/studio/pictures/canvas.h"

namespace varve::studio::pictures {
namespace {

constexpr std::int64_t band_gap = 10;
constexpr std::int64_t largest_zoom = 4;
constexpr double least_width = 240;  // so that a subtitle has room

/// u8 [N, H, W, 3]. Of more than three channels the first three are shown as colour, of two the
/// first as grey.
Array to_rgb(const Array& images, const Brightness& scale) {
  const Shape& shape = images.shape;
  const std::int64_t channels = shape[3];
  const std::int64_t pixels = shape[0] * shape[1] * shape[2];
  Array out = Array::zeros({shape[0], shape[1], shape[2], 3}, DType::u8);
  const float* from = images.as<float>().data();
  std::uint8_t* to = out.as<std::uint8_t>().data();
  for (std::int64_t i = 0; i < pixels; ++i)
    for (std::int64_t c = 0; c < 3; ++c) {
      const float value = from[i * channels + (channels >= 3 ? c : 0)];
      const float unit = (value - scale.low) / (scale.high - scale.low);
      to[i * 3 + c] = static_cast<std::uint8_t>(std::lround(std::clamp(unit, 0.0F, 1.0F) * 255));
    }
  return out;
}

double widest(const std::vector<std::string>& labels) {
  double widest = 0;
  for (const auto& label : labels) widest = std::max(widest, Canvas::width(label, small_style));
  return widest;
}

/// Where everything lies, in pixels.
struct Layout {
  std::int64_t rows, columns, zoom, tile_width, tile_height, left, top, gap, band;
  bool table;

  std::int64_t x(std::int64_t column) const {
    return left + gap + column * (tile_width + gap) + (table && column > 0 ? band_gap : 0);
  }
  std::int64_t y(std::int64_t row) const {
    return top + gap + row * (tile_height + gap) + (band > 0 ? row / band * band_gap : 0) +
           (table && row > 0 ? band_gap : 0);
  }
  double right() const { return static_cast<double>(x(columns - 1) + tile_width + gap); }
  double bottom() const { return static_cast<double>(y(rows - 1) + tile_height + gap); }
};

Layout lay_out(const Grid& grid) {
  Layout at{};
  const Shape& shape = grid.images.shape;
  at.columns = grid.columns;
  at.rows = (shape[0] + at.columns - 1) / at.columns;
  at.gap = grid.gap;
  at.band = grid.band;
  at.table = grid.table;
  const std::int64_t natural = at.columns * (shape[2] + at.gap);
  at.zoom = std::clamp((grid.aim + natural / 2) / natural, std::int64_t{1}, largest_zoom);
  at.tile_width = shape[2] * at.zoom;
  at.tile_height = shape[1] * at.zoom;
  const double labels = widest(grid.row_labels);
  at.left = std::llround(std::ceil(margin + (labels > 0 ? labels + 10 : 0)));
  return at;
}

/// Labels that would overlap are left out, every other or more of them.
void draw_column_labels(Canvas& canvas, const Grid& grid, const Layout& at) {
  TextStyle style = small_style;
  style.align = Align::centre;
  const auto step = static_cast<std::size_t>(
      std::ceil((widest(grid.column_labels) + 6) / static_cast<double>(at.tile_width + at.gap)));
  for (std::size_t i = 0; i < grid.column_labels.size(); i += std::max<std::size_t>(step, 1)) {
    const auto x = static_cast<double>(at.x(static_cast<std::int64_t>(i)));
    canvas.text(grid.column_labels[i], x + static_cast<double>(at.tile_width) / 2,
                static_cast<double>(at.top) - 6, style);
  }
}

void draw_row_labels(Canvas& canvas, const Grid& grid, const Layout& at) {
  TextStyle style = small_style;
  style.align = Align::right;
  for (std::size_t i = 0; i < grid.row_labels.size(); ++i)
    canvas.text(grid.row_labels[i], static_cast<double>(at.left) - 8,
                static_cast<double>(at.y(static_cast<std::int64_t>(i)) + at.tile_height / 2) + 4,
                style);
}

/// A tile with the separators around it.
void draw_tile(Canvas& canvas, const Array& rgb, std::int64_t i, const Layout& at) {
  const auto x = static_cast<double>(at.x(i % at.columns));
  const auto y = static_cast<double>(at.y(i / at.columns));
  const auto gap = static_cast<double>(at.gap);
  if (at.gap > 0)
    canvas.fill(x - gap, y - gap, static_cast<double>(at.tile_width) + 2 * gap,
                static_cast<double>(at.tile_height) + 2 * gap, rule);
  canvas.image(rgb, i, x, y, static_cast<double>(at.zoom));
}

}  // namespace

Brightness find_brightness(const Array& images) {
  const auto all = images.as<float>();
  std::vector<float> values;
  std::copy_if(all.begin(), all.end(), std::back_inserter(values),
               [](float value) { return std::isfinite(value); });
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  Brightness scale{*low, *high};
  // Likelihoods without bounds overshoot [0, 1] a little: that is cut off.
  if (scale.low >= -0.5F && scale.high <= 1.5F) return {};
  // Few values far from all others are cut off as well: they would leave the rest one grey.
  const auto at = [&](double share) {
    const auto place = values.begin() +
                       static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  const float least = at(0.005), most = at(0.995), room = (most - least) / 2;
  if (least < most) {
    scale.low = std::max(scale.low, least - room);
    scale.high = std::min(scale.high, most + room);
  }
  if (scale.low >= -0.5F && scale.high <= 1.5F) return {};
  return scale.low < scale.high ? scale : Brightness{scale.low, scale.low + 1};
}

std::int64_t square_columns(std::int64_t count) {
  constexpr std::int64_t most = 16;
  const auto side = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  return std::clamp<std::int64_t>(side, 1, most);
}

Picture draw(const Grid& grid) {
  const Brightness scale = grid.brightness.value_or(find_brightness(grid.images));
  std::string subtitle = grid.subtitle;
  if (scale.low != 0 || scale.high != 1)
    subtitle += fmt::format("{}black is {:.3g}, white {:.3g}", subtitle.empty() ? "" : "; ",
                            scale.low, scale.high);
  if (const auto channels = grid.images.shape[3]; channels != 1 && channels != 3)
    subtitle += fmt::format("{}shown of {} channels: {}", subtitle.empty() ? "" : "; ", channels,
                            channels == 2 ? "the first" : "the first three, as colour");
  Layout at = lay_out(grid);
  const Heading heading(grid.title, subtitle, std::max(at.right() + margin, least_width));
  at.top = std::llround(heading.height()) + (grid.column_labels.empty() ? 0 : 18) + 2;
  Canvas canvas(heading.width(), at.bottom() + margin, grid.title);
  heading.draw(canvas);
  draw_column_labels(canvas, grid, at);
  draw_row_labels(canvas, grid, at);
  const Array rgb = to_rgb(grid.images, scale);
  for (std::int64_t i = grid.table ? 1 : 0; i < grid.images.shape[0]; ++i)
    draw_tile(canvas, rgb, i, at);
  return canvas.finish();
}

}  // namespace varve::studio::pictures
