#include "apps/studio/pictures/picture.h"

#include <cairo-svg.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <new>
#include <utility>

#include "apps/studio/pictures/cairo.h"
#include "apps/studio/pictures/drawing.h"
#include "framework/core/error.h"
#include "framework/io/image.h"
#include "framework/platform/platform.h"

namespace varve::studio::pictures {
namespace {

namespace fs = std::filesystem;

constexpr long long largest_side = 32767;  // of Cairo's images

void paint(const Drawing& drawing, cairo_surface_t* surface, double scale) {
  const Context cairo(cairo_create(surface));
  cairo_scale(cairo.get(), scale, scale);
  drawing.paint(cairo.get());
  require_success(cairo_status(cairo.get()));
}

/// Called by Cairo, through which nothing may be thrown.
cairo_status_t append(void* to, const unsigned char* bytes, unsigned int size) noexcept {
  try {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
  } catch (const std::bad_alloc&) {
    return CAIRO_STATUS_NO_MEMORY;
  }
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

/// What Cairo does not say: that pixels stay square, and the title.
void complete(std::string& svg, const std::string& title) {
  const auto tag = svg.find("<svg ");
  const auto end = svg.find('>', tag);
  svg.insert(end + 1, "\n<title>" + escaped(title) + "</title>");
  svg.insert(end,
             " role=\"img\" style=\"image-rendering:optimizeSpeed;image-rendering:pixelated\"");
}

}  // namespace

double Picture::width() const { return drawing_->width; }
double Picture::height() const { return drawing_->height; }
const std::string& Picture::title() const { return drawing_->title; }

Array Picture::pixels(double scale) const {
  const auto width = std::llround(std::ceil(drawing_->width * scale));
  const auto height = std::llround(std::ceil(drawing_->height * scale));
  if (std::max(width, height) > largest_side)
    fail(ErrorKind::usage,
         "[picture] it would be {} x {} pixels, and {} is the most: draw fewer images, or an .svg",
         width, height, largest_side);
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width),
                                                   static_cast<int>(height)));
  paint(*drawing_, surface.get(), scale);
  cairo_surface_flush(surface.get());
  const std::int64_t stride = cairo_image_surface_get_stride(surface.get());
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
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

std::string Picture::png(double scale) const { return encode_png(pixels(scale)); }

std::string Picture::svg() const {
  std::string out;
  const Surface surface(
      cairo_svg_surface_create_for_stream(append, &out, drawing_->width, drawing_->height));
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
  paint(*drawing_, surface.get(), 1);
  cairo_surface_finish(surface.get());
  require_success(cairo_surface_status(surface.get()));
  complete(out, drawing_->title);
  return out;
}

Format format_of(const fs::path& path, bool animated) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto parent = path.parent_path();
  if (extension != ".png" && extension != ".svg" && !(animated && extension == ".gif")) {
    const char* hint = extension == ".gif" ? "; only 'varve traverse' draws moving pictures" : "";
    fail(ErrorKind::usage, "[picture] --out {}: the name must end in .png or .svg{}{}",
         path.string(), animated ? " or .gif" : "", hint);
  }
  if (!parent.empty() && !fs::is_directory(parent))
    fail(ErrorKind::io, "[picture] cannot write {}: there is no folder {}; make it first",
         path.string(), parent.string());
  return extension == ".png" ? Format::png : extension == ".svg" ? Format::svg : Format::gif;
}

void save(const fs::path& path, const Picture& picture) {
  const bool svg = format_of(path) == Format::svg;
  platform::write_file_atomically(path, svg ? picture.svg() : picture.png());
}

}  // namespace varve::studio::pictures
