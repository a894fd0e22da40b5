#include "apps/varve/pictures/canvas.h"

#include <cairo.h>
#include <fontconfig/fontconfig.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <numbers>
#include <string>

namespace varve::pictures {
namespace {

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

/// Gives back at the end of the process what Cairo and Fontconfig keep for the next text, so that a
/// leak checker has nothing to say.
struct FontCaches {
  ~FontCaches() {
    cairo_debug_reset_static_data();
    FcFini();
  }
};

void set_font(cairo_t* cairo, const TextStyle& style) {
  static const FontCaches caches;
  cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
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

}  // namespace

Color series_color(int series) {
  return palette[static_cast<std::size_t>(series) % palette.size()];
}

Marker series_marker(int series) {
  constexpr std::array<Marker, 3> order{Marker::circle, Marker::triangle, Marker::square};
  return order[static_cast<std::size_t>(series) % order.size()];
}

struct Canvas::Sheet {
  cairo_surface_t* surface;
  cairo_t* cairo;

  Sheet(int width, int height)
      : surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
        cairo(cairo_create(surface)) {
    if (cairo_status(cairo) != CAIRO_STATUS_SUCCESS) {
      release();
      throw std::bad_alloc();
    }
  }
  ~Sheet() { release(); }
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  /// Copies pixels of u8 RGB into the surface; `color(row, column)` gives each.
  template <class F>
  void paste(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height, F color) {
    cairo_surface_flush(surface);
    unsigned char* data = cairo_image_surface_get_data(surface);
    const std::int64_t stride = cairo_image_surface_get_stride(surface);
    for (std::int64_t i = 0; i < height; ++i) {
      auto* row = reinterpret_cast<std::uint32_t*>(data + (y + i) * stride) + x;
      for (std::int64_t j = 0; j < width; ++j) row[j] = color(i, j);
    }
    cairo_surface_mark_dirty(surface);
  }

 private:
  void release() {
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
  }
};

Canvas::Canvas(std::int64_t width, std::int64_t height)
    : sheet_(std::make_unique<Sheet>(static_cast<int>(width), static_cast<int>(height))) {
  fill(0, 0, static_cast<double>(width), static_cast<double>(height), paper);
}

Canvas::~Canvas() = default;

void Canvas::text(std::string_view text, double x, double y, const TextStyle& style) {
  cairo_t* cairo = sheet_->cairo;
  const std::string line(text);
  set_font(cairo, style);
  set_color(cairo, style.color);
  const double width = advance(cairo, line);
  const double shift = style.align == Align::left ? 0 : style.align == Align::right ? 1 : 0.5;
  cairo_move_to(cairo, x - shift * width, y);
  cairo_show_text(cairo, line.c_str());
}

void Canvas::text_upwards(std::string_view line, double x, double y, const TextStyle& style) {
  cairo_t* cairo = sheet_->cairo;
  TextStyle centred = style;
  centred.align = Align::centre;
  cairo_save(cairo);
  cairo_translate(cairo, x, y);
  cairo_rotate(cairo, -std::numbers::pi / 2);
  text(line, 0, 0, centred);
  cairo_restore(cairo);
}

void Canvas::fill(double x, double y, double width, double height, Color color) {
  set_color(sheet_->cairo, color);
  cairo_rectangle(sheet_->cairo, x, y, width, height);
  cairo_fill(sheet_->cairo);
}

void Canvas::line(double x0, double y0, double x1, double y1, Color color, double width) {
  set_color(sheet_->cairo, color);
  cairo_set_line_width(sheet_->cairo, width);
  cairo_move_to(sheet_->cairo, x0, y0);
  cairo_line_to(sheet_->cairo, x1, y1);
  cairo_stroke(sheet_->cairo);
}

void Canvas::circle(double x, double y, double radius, Color color, bool dashed) {
  cairo_t* cairo = sheet_->cairo;
  const double dash[] = {5, 4};
  cairo_save(cairo);
  if (dashed) cairo_set_dash(cairo, dash, 2, 0);
  set_color(cairo, color);
  cairo_set_line_width(cairo, 1.2);
  cairo_new_path(cairo);  // no line from where the pen was
  cairo_arc(cairo, x, y, radius, 0, 2 * std::numbers::pi);
  cairo_stroke(cairo);
  cairo_restore(cairo);
}

void Canvas::dot(double x, double y, double radius, Marker marker, Color color, double opacity) {
  cairo_t* cairo = sheet_->cairo;
  set_color(cairo, color, opacity);
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

void Canvas::clip(double x, double y, double width, double height) {
  cairo_rectangle(sheet_->cairo, x, y, width, height);
  cairo_clip(sheet_->cairo);
}

void Canvas::unclip() { cairo_reset_clip(sheet_->cairo); }

void Canvas::image(const Array& images, std::int64_t index, std::int64_t x, std::int64_t y,
                   std::int64_t zoom) {
  const std::int64_t height = images.shape[1];
  const std::int64_t width = images.shape[2];
  const auto* from = images.as<std::uint8_t>().data() + index * height * width * 3;
  sheet_->paste(x, y, width * zoom, height * zoom, [&](std::int64_t i, std::int64_t j) {
    const auto* pixel = from + (i / zoom * width + j / zoom) * 3;
    return (std::uint32_t{pixel[0]} << 16) | (std::uint32_t{pixel[1]} << 8) | pixel[2];
  });
}

Array Canvas::pixels() const {
  cairo_surface_t* surface = sheet_->surface;
  cairo_surface_flush(surface);
  const std::int64_t width = cairo_image_surface_get_width(surface);
  const std::int64_t height = cairo_image_surface_get_height(surface);
  const std::int64_t stride = cairo_image_surface_get_stride(surface);
  const unsigned char* data = cairo_image_surface_get_data(surface);
  Array out = Array::zeros({height, width, 3}, DType::u8);
  auto* to = out.as<std::uint8_t>().data();
  for (std::int64_t i = 0; i < height; ++i) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(data + i * stride);
    for (std::int64_t j = 0; j < width; ++j)
      for (int shift = 16; shift >= 0; shift -= 8)
        *to++ = static_cast<std::uint8_t>(row[j] >> shift & 0xFF);
  }
  return out;
}

double Canvas::width(std::string_view text, const TextStyle& style) {
  Sheet sheet(1, 1);
  set_font(sheet.cairo, style);
  return advance(sheet.cairo, std::string(text));
}

}  // namespace varve::pictures
