#include "apps/varve/pictures/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/varve/pictures/canvas.h"

namespace varve::pictures {
namespace {

constexpr std::int64_t margin = 16;
constexpr std::int64_t band_gap = 10;
constexpr std::int64_t aimed_width = 960;
constexpr std::int64_t largest_zoom = 4;
const TextStyle title_style{.size = 17, .bold = true};
const TextStyle subtitle_style{.size = 12, .color = faint_ink};
const TextStyle label_style{.size = 12, .color = faint_ink};

/// How values become brightness: (value - low) / (high - low).
struct Scale {
  float low = 0, high = 1;
  bool changed() const { return low != 0 || high != 1; }
};

/// Likelihoods without bounds overshoot [0, 1] a little: that is cut off. Data of another range are
/// scaled.
Scale find_scale(const Array& images) {
  const auto values = images.as<float>();
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low >= -0.5F && *high <= 1.5F) return {};
  return *low < *high ? Scale{*low, *high} : Scale{*low, *low + 1};
}

/// u8 [N, H, W, 3]. Of other than one or three channels the first is shown.
Array to_rgb(const Array& images, const Scale& scale) {
  const Shape& shape = images.shape;
  const std::int64_t channels = shape[3];
  const std::int64_t pixels = shape[0] * shape[1] * shape[2];
  Array out = Array::zeros({shape[0], shape[1], shape[2], 3}, DType::u8);
  const float* from = images.as<float>().data();
  std::uint8_t* to = out.as<std::uint8_t>().data();
  for (std::int64_t i = 0; i < pixels; ++i)
    for (std::int64_t c = 0; c < 3; ++c) {
      const float value = from[i * channels + (channels == 3 ? c : 0)];
      const float unit = (value - scale.low) / (scale.high - scale.low);
      to[i * 3 + c] = static_cast<std::uint8_t>(std::lround(std::clamp(unit, 0.0F, 1.0F) * 255));
    }
  return out;
}

double widest(const std::vector<std::string>& labels, const TextStyle& style) {
  double widest = 0;
  for (const auto& label : labels) widest = std::max(widest, Canvas::width(label, style));
  return widest;
}

/// Where everything lies, in pixels.
struct Layout {
  std::int64_t rows, columns, zoom, tile_width, tile_height;
  std::int64_t left, top, grid_width, grid_height, width, height;
  std::int64_t gap, band;

  std::int64_t x(std::int64_t column) const { return left + gap + column * (tile_width + gap); }
  std::int64_t y(std::int64_t row) const {
    return top + gap + row * (tile_height + gap) + (band > 0 ? row / band * band_gap : 0);
  }
};

Layout lay_out(const Grid& grid, const std::string& subtitle) {
  Layout at{};
  const Shape& shape = grid.images.shape;
  at.columns = grid.columns;
  at.rows = (shape[0] + at.columns - 1) / at.columns;
  at.gap = grid.gap;
  at.band = grid.band;
  const std::int64_t natural = at.columns * (shape[2] + at.gap);
  at.zoom = std::clamp((aimed_width + natural / 2) / natural, std::int64_t{1}, largest_zoom);
  at.tile_width = shape[2] * at.zoom;
  at.tile_height = shape[1] * at.zoom;
  const auto label_width =
      static_cast<std::int64_t>(std::ceil(widest(grid.row_labels, label_style)));
  at.left = margin + (label_width > 0 ? label_width + 10 : 0);
  at.top = margin + (grid.title.empty() ? 0 : 24) + (subtitle.empty() ? 0 : 18) +
           (grid.column_labels.empty() ? 0 : 18) + 2;
  at.grid_width = at.columns * (at.tile_width + at.gap) + at.gap;
  at.grid_height = at.y(at.rows - 1) + at.tile_height + at.gap - at.top;
  const double words =
      std::max(Canvas::width(grid.title, title_style), Canvas::width(subtitle, subtitle_style));
  at.width =
      std::max(at.left + at.grid_width, margin + static_cast<std::int64_t>(words) + 1) + margin;
  at.height = at.top + at.grid_height + margin;
  return at;
}

void draw_words(Canvas& canvas, const Grid& grid, const std::string& subtitle, const Layout& at) {
  double y = margin;
  if (!grid.title.empty()) {
    canvas.text(grid.title, margin, y + 14, title_style);
    y += 24;
  }
  if (!subtitle.empty()) canvas.text(subtitle, margin, y + 10, subtitle_style);
  TextStyle style = label_style;
  style.align = Align::centre;
  for (std::size_t i = 0; i < grid.column_labels.size(); ++i)
    canvas.text(grid.column_labels[i],
                static_cast<double>(at.x(static_cast<std::int64_t>(i)) + at.tile_width / 2),
                static_cast<double>(at.top) - 6, style);
  style.align = Align::right;
  for (std::size_t i = 0; i < grid.row_labels.size(); ++i)
    canvas.text(grid.row_labels[i], static_cast<double>(at.left) - 8,
                static_cast<double>(at.y(static_cast<std::int64_t>(i)) + at.tile_height / 2) + 4,
                style);
}

/// The separators: a grey ground under every band of rows.
void draw_ground(Canvas& canvas, const Layout& at) {
  const std::int64_t rows = at.band > 0 ? at.band : at.rows;
  for (std::int64_t row = 0; row < at.rows; row += rows) {
    const std::int64_t count = std::min(rows, at.rows - row);
    canvas.fill(static_cast<double>(at.left), static_cast<double>(at.y(row) - at.gap),
                static_cast<double>(at.grid_width),
                static_cast<double>(count * (at.tile_height + at.gap) + at.gap), rule);
  }
}

}  // namespace

std::int64_t square_columns(std::int64_t count) {
  constexpr std::int64_t most = 16;
  const auto side = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  return std::clamp<std::int64_t>(side, 1, most);
}

Array draw(const Grid& grid) {
  const Scale scale = find_scale(grid.images);
  std::string subtitle = grid.subtitle;
  if (scale.changed())
    subtitle += fmt::format("{}black is {:.3g}, white {:.3g}", subtitle.empty() ? "" : "; ",
                            scale.low, scale.high);
  const Layout at = lay_out(grid, subtitle);
  Canvas canvas(at.width, at.height);
  draw_words(canvas, grid, subtitle, at);
  draw_ground(canvas, at);
  const Array rgb = to_rgb(grid.images, scale);
  for (std::int64_t i = 0; i < grid.images.shape[0]; ++i)
    canvas.image(rgb, i, at.x(i % at.columns), at.y(i / at.columns), at.zoom);
  return canvas.pixels();
}

}  // namespace varve::pictures
