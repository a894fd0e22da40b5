#include "apps/studio/pictures/canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>
#include <vector>

#include "apps/studio/pictures/cairo.h"
#include "apps/studio/pictures/drawing.h"
#include "apps/studio/pictures/fonts.h"
#include "framework/core/words.h"

namespace varve::studio::pictures {
namespace {

constexpr double small_width = 560;
constexpr double line_height = 18;

constexpr std::array<Color, 10> palette{{
    {0.000, 0.447, 0.698},  // blue
    {0.902, 0.624, 0.000},  // orange
    {0.000, 0.620, 0.451},  // bluish green
    {0.800, 0.475, 0.655},  // reddish purple
    {0.337, 0.706, 0.914},  // sky blue
    {0.835, 0.369, 0.000},  // vermilion
    {0.250, 0.250, 0.250},  // black, softened
    {0.850, 0.790, 0.100},  // yellow, darkened for white paper
    {0.533, 0.133, 0.333},  // wine
    {0.600, 0.600, 0.600},  // grey
}};

void set_font(cairo_t* cairo, const TextStyle& style) {
  cairo_set_font_face(cairo, text_face(style.bold));
  cairo_set_font_size(cairo, style.size);
}

void set_color(cairo_t* cairo, Color color, double opacity = 1) {
  cairo_set_source_rgba(cairo, color.red, color.green, color.blue, opacity);
}

double advance(cairo_t* cairo, const std::string& text) {
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, text.c_str(), &extents);
  return extents.x_advance;
}

void draw_text(cairo_t* cairo, const std::string& line, double x, double y,
               const TextStyle& style) {
  set_font(cairo, style);
  set_color(cairo, style.color);
  const double shift = style.align == Align::left ? 0 : style.align == Align::right ? 1 : 0.5;
  cairo_move_to(cairo, x - shift * (shift > 0 ? advance(cairo, line) : 0), y);
  cairo_show_text(cairo, line.c_str());
  cairo_new_path(cairo);  // the pen stays behind the text otherwise
}

void stroke(cairo_t* cairo, const LineStyle& style) {
  constexpr std::array<double, 2> dash{5, 4};
  cairo_set_dash(cairo, dash.data(), style.dashed ? 2 : 0, 0);
  set_color(cairo, style.color);
  cairo_set_line_width(cairo, style.width);
  cairo_stroke(cairo);
}

void trace(cairo_t* cairo, const std::vector<Canvas::Point>& points) {
  cairo_new_path(cairo);
  for (const auto& [x, y] : points) cairo_line_to(cairo, x, y);
}

void draw_dot(cairo_t* cairo, double x, double y, double radius, Marker marker) {
  cairo_new_path(cairo);
  switch (marker) {
    case Marker::circle:
      cairo_arc(cairo, x, y, radius, 0, 2 * std::numbers::pi);
      break;
    case Marker::triangle:
      cairo_move_to(cairo, x, y - 1.25 * radius);
      cairo_line_to(cairo, x + 1.15 * radius, y + 0.85 * radius);
      cairo_line_to(cairo, x - 1.15 * radius, y + 0.85 * radius);
      cairo_close_path(cairo);
      break;
    case Marker::square:
      cairo_rectangle(cairo, x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
      break;
  }
  cairo_fill(cairo);
}

/// Pixels of a photograph in the form that Cairo takes: 32 bits each, rows without gaps.
struct Photo {
  std::int64_t width, height;
  std::vector<std::uint32_t> pixels;
};

void paste(cairo_t* cairo, const Photo& photo, double x, double y, double zoom) {
  const Surface surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(photo.width), static_cast<int>(photo.height)));
  require_success(cairo_surface_status(surface.get()));
  unsigned char* to = cairo_image_surface_get_data(surface.get());
  const std::int64_t stride = cairo_image_surface_get_stride(surface.get());
  for (std::int64_t row = 0; row < photo.height; ++row)
    std::memcpy(to + row * stride, photo.pixels.data() + row * photo.width,
                static_cast<std::size_t>(photo.width) * sizeof(std::uint32_t));
  cairo_surface_mark_dirty(surface.get());
  cairo_save(cairo);
  cairo_translate(cairo, x, y);
  cairo_scale(cairo, zoom, zoom);
  cairo_set_source_surface(cairo, surface.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
  cairo_paint(cairo);
  cairo_restore(cairo);
}

}  // namespace

Color series_color(int series) {
  return palette[static_cast<std::size_t>(series) % palette.size()];
}

Marker series_marker(int series) {
  constexpr std::array<Marker, 3> order{Marker::circle, Marker::triangle, Marker::square};
  return order[static_cast<std::size_t>(series) % order.size()];
}

Canvas::Canvas(double width, double height, std::string title)
    : drawing_(std::make_shared<Drawing>(
          Drawing{.width = width, .height = height, .title = std::move(title)})) {
  fill(0, 0, width, height, paper);
}

template <class F>
void Canvas::add(F step) {
  drawing_->steps.push_back(std::move(step));
}

void Canvas::text(std::string_view text, double x, double y, const TextStyle& style) {
  add([line = std::string(text), x, y, style](cairo_t* cairo) {
    draw_text(cairo, line, x, y, style);
  });
}

void Canvas::text_upwards(std::string_view text, double x, double y, const TextStyle& style) {
  TextStyle centred = style;
  centred.align = Align::centre;
  add([line = std::string(text), x, y, centred](cairo_t* cairo) {
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_rotate(cairo, -std::numbers::pi / 2);
    draw_text(cairo, line, 0, 0, centred);
    cairo_restore(cairo);
  });
}

void Canvas::fill(double x, double y, double width, double height, Color color) {
  add([=](cairo_t* cairo) {
    set_color(cairo, color);
    cairo_rectangle(cairo, x, y, width, height);
    cairo_fill(cairo);
  });
}

void Canvas::line(double x0, double y0, double x1, double y1, const LineStyle& style) {
  const std::array<Point, 2> points{{{x0, y0}, {x1, y1}}};
  path(points, style);
}

void Canvas::path(std::span<const Point> points, const LineStyle& style) {
  add([copy = std::vector(points.begin(), points.end()), style](cairo_t* cairo) {
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    trace(cairo, copy);
    stroke(cairo, style);
  });
}

void Canvas::area(std::span<const Point> points, Color color, double opacity) {
  add([copy = std::vector(points.begin(), points.end()), color, opacity](cairo_t* cairo) {
    trace(cairo, copy);
    cairo_close_path(cairo);
    set_color(cairo, color, opacity);
    cairo_fill(cairo);
  });
}

void Canvas::ellipse(double x, double y, double radius_x, double radius_y, const LineStyle& style) {
  add([=](cairo_t* cairo) {
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, radius_x, radius_y);
    cairo_new_path(cairo);  // no line from where the pen was
    cairo_arc(cairo, 0, 0, 1, 0, 2 * std::numbers::pi);
    cairo_restore(cairo);
    stroke(cairo, style);
  });
}

void Canvas::dot(double x, double y, double radius, Marker marker, Color color, double opacity) {
  add([=](cairo_t* cairo) {
    set_color(cairo, color, opacity);
    draw_dot(cairo, x, y, radius, marker);
  });
}

void Canvas::clip(double x, double y, double width, double height) {
  add([=](cairo_t* cairo) {
    cairo_save(cairo);
    cairo_rectangle(cairo, x, y, width, height);
    cairo_clip(cairo);
  });
}

void Canvas::unclip() {
  add([](cairo_t* cairo) { cairo_restore(cairo); });
}

void Canvas::image(const Array& images, std::int64_t index, double x, double y, double zoom) {
  Photo photo{.width = images.shape[2], .height = images.shape[1], .pixels = {}};
  const std::int64_t count = photo.width * photo.height;
  photo.pixels.reserve(static_cast<std::size_t>(count));
  const auto* from = images.as<std::uint8_t>().data() + index * count * 3;
  for (std::int64_t i = 0; i < count; ++i, from += 3)
    photo.pixels.push_back((std::uint32_t{from[0]} << 16) | (std::uint32_t{from[1]} << 8) |
                           from[2]);
  add([photo = std::move(photo), x, y, zoom](cairo_t* cairo) { paste(cairo, photo, x, y, zoom); });
}

void Canvas::place(const Picture& picture, double x, double y) {
  add([picture, x, y](cairo_t* cairo) {
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    picture.drawing().paint(cairo);
    cairo_restore(cairo);
  });
}

double Canvas::width(std::string_view text, const TextStyle& style) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  const Context cairo(cairo_create(surface.get()));
  set_font(cairo.get(), style);
  const double width = advance(cairo.get(), std::string(text));
  require_success(cairo_status(cairo.get()));
  return width;
}

Heading::Heading(std::string title, const std::string& subtitle, double width, double size)
    : style_{.size = width < small_width ? std::min(size, 14.0) : size, .bold = true},
      title_(std::move(title)),
      width_(std::ceil(std::max(width, Canvas::width(title_, style_) + 2 * margin))) {
  std::string_view words = subtitle;
  for (auto word = take_word(words); !word.empty(); word = take_word(words)) {
    if (!lines_.empty()) {
      const std::string longer = fmt::format("{} {}", lines_.back(), word);
      if (Canvas::width(longer, small_style) <= width_ - 2 * margin) {
        lines_.back() = longer;
        continue;
      }
    }
    lines_.emplace_back(word);
  }
}

double Heading::height() const {
  return margin + (title_.empty() ? 0 : style_.size + 7) +
         line_height * static_cast<double>(lines_.size());
}

void Heading::draw(Canvas& canvas) const {
  double y = margin;
  if (!title_.empty()) {
    canvas.text(title_, margin, y + style_.size - 3, style_);
    y += style_.size + 7;
  }
  for (const auto& line : lines_) {
    canvas.text(line, margin, y + 10, small_style);
    y += line_height;
  }
}

}  // namespace varve::studio::pictures
