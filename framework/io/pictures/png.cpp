#include <png.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <new>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/pictures/reading.h"

namespace varve::io {
namespace {

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t head_size = 33;  // the signature, and the chunk IHDR, which is the first

/// Whether a chunk tRNS, of transparent colours, stands before the pixels.
bool has_transparent_colors(std::string_view bytes) {
  for (std::size_t at = head_size; at + 8 <= bytes.size();) {
    const auto kind = bytes.substr(at + 4, 4);
    if (kind == "tRNS") return true;
    if (kind == "IDAT") return false;
    at += std::size_t{12} + big_endian(bytes, at, 4);
  }
  return false;
}

Picture look(std::string_view bytes, const std::string& origin) {
  if (bytes.size() < head_size || bytes.substr(12, 4) != "IHDR")
    fail(ErrorKind::input, "{}: does not begin as it should; {}", origin, damaged);
  if (std::max(big_endian(bytes, 16, 4), big_endian(bytes, 20, 4)) > longest_side)
    fail(ErrorKind::input, "{}: is {} x {}, sides are limited to {}; use a smaller image", origin,
         big_endian(bytes, 16, 4), big_endian(bytes, 20, 4), longest_side);
  Picture picture{.height = big_endian(bytes, 20, 4), .width = big_endian(bytes, 16, 4)};
  const auto depth = big_endian(bytes, 24, 1);
  const auto type = big_endian(bytes, 25, 1);
  constexpr unsigned palette = 1, color = 2, alpha = 4;
  if (type > (color | alpha) || type == palette || depth > 16)
    fail(ErrorKind::input, "{}: has a colour type of {} with {} bits; {}", origin, type, depth,
         damaged);
  picture.channels = (type & color) != 0 ? 3 : 1;
  if ((type & alpha) != 0 || has_transparent_colors(bytes)) ++picture.channels;
  picture.bits = depth == 16 ? 16 : 8;
  // A row takes a filter byte and at least a bit a pixel, and deflate shrinks at most 1032-fold.
  const auto rows = static_cast<std::uint64_t>(picture.height);
  const auto least = rows * (1 + (static_cast<std::uint64_t>(picture.width) + 7) / 8);
  if (least / 1032 > bytes.size())
    fail(ErrorKind::input, "{}: claims {} x {} pixels in {} bytes; {}", origin, picture.width,
         picture.height, bytes.size(), damaged);
  require_readable(picture, bytes.size(), origin);
  constexpr std::uint64_t rest = 1 << 24;  // for what is no pixel: profiles, texts
  constexpr std::uint64_t widest_pixel = 8;
  if (bytes.size() >
      rest + 2 * rows * (1 + static_cast<std::uint64_t>(picture.width) * widest_pixel))
    fail(ErrorKind::input, "{}: has {} bytes for {} x {} pixels; {}", origin, bytes.size(),
         picture.width, picture.height, damaged);
  return picture;
}

/// libpng's state for one file. When it gives up it jumps to where attempt() was called: nothing on
/// the way may need a destructor.
struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string_view rest;
  std::array<char, 128> message{};

  explicit Reader(std::string_view bytes) : rest(bytes) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, auto) {});
    if (png == nullptr) throw std::bad_alloc();
    info = png_create_info_struct(png);
    if (info == nullptr) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png, this, on_read);
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  static void on_error(png_structp png, png_const_charp text) {
    auto& self = *static_cast<Reader*>(png_get_error_ptr(png));
    std::strncpy(self.message.data(), text, self.message.size() - 1);
    png_longjmp(png, 1);
  }
  static void on_read(png_structp png, png_bytep out, std::size_t count) {
    auto& self = *static_cast<Reader*>(png_get_io_ptr(png));
    if (count > self.rest.size()) png_error(png, "it ends too soon");
    std::memcpy(out, self.rest.data(), count);
    self.rest.remove_prefix(count);
  }
};

/// False if libpng gave up in `step`.
template <class F>
bool attempt(Reader& reader, F step) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  step(reader.png, reader.info);
  return true;
}

void read_head(png_structp png, png_infop info) {
  png_set_user_limits(png, longest_side, longest_side);
  png_set_chunk_malloc_max(png, 8 << 20);
  // Read, texts and profiles would be kept in memory.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
  png_read_info(png, info);
  png_set_palette_to_rgb(png);
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  if (png_get_valid(png, info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png);
  if (std::endian::native == std::endian::little && png_get_bit_depth(png, info) == 16)
    png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

[[noreturn]] void fail_read(const Reader& reader, const std::string& origin) {
  const std::string_view message = reader.message.data();
  if (message.find("memory") != std::string_view::npos) throw std::bad_alloc();
  fail(ErrorKind::input, "{}: {}; {}", origin, message, damaged);
}

Picture decode(std::string_view bytes, const std::string& origin) {
  Picture picture = look(bytes, origin);
  Reader reader(bytes);
  if (!attempt(reader, read_head)) fail_read(reader, origin);
  // A chunk tRNS that libpng does not take leaves no alpha.
  picture.channels = png_get_channels(reader.png, reader.info);
  const std::size_t row = png_get_rowbytes(reader.png, reader.info);
  allocate_samples(picture);
  if (row * static_cast<std::size_t>(picture.height) != picture.samples.size())
    fail(ErrorKind::input, "{}: has rows of {} bytes; {}", origin, row, damaged);
  std::vector<png_bytep> rows(static_cast<std::size_t>(picture.height));
  for (std::size_t y = 0; y < rows.size(); ++y)
    rows[y] = reinterpret_cast<png_bytep>(&picture.samples[y * row]);
  const bool whole = attempt(reader, [&](png_structp png, png_infop) {
    png_read_image(png, rows.data());
    png_read_end(png, nullptr);
  });
  if (!whole) fail_read(reader, origin);
  return picture;
}

}  // namespace

PictureFormat png_format() {
  return {
      "PNG", [](std::string_view head) { return head.starts_with(signature); }, look, decode, {}};
}

}  // namespace varve::io
