#include "framework/io/image.h"

#include <png.h>

#include <algorithm>
#include <span>

#include "framework/core/error.h"
#include "framework/io/budget.h"
#include "framework/io/byte_source.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

constexpr png_uint_32 longest_side = 16384;

/// libpng's state for one image, freed at the end of the scope.
struct Png {
  png_image image{};
  Png() { image.version = PNG_IMAGE_VERSION; }
  ~Png() { png_image_free(&image); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
};

constexpr std::size_t head_size = 33;  // the signature, and the chunk IHDR, which is the first

/// Refuses sizes before memory is asked for, by the first bytes of a file. Sizes that the file is
/// too short for: a row takes a filter byte and at least a bit a pixel, and deflate shrinks at most
/// 1032-fold. And a file that is far longer than its pixels are.
void check_head(std::string_view head, std::uint64_t file_size, std::string_view where) {
  if (head.size() < head_size || !head.starts_with("\x89PNG\r\n\x1a\n") ||
      head.substr(12, 4) != "IHDR")
    fail(ErrorKind::input, "[png] {}: does not begin as a PNG does; name a PNG image", where);
  const auto number = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | static_cast<std::uint8_t>(head[at + i]);
    return value;
  };
  const std::uint64_t width = number(16);
  const std::uint64_t height = number(20);
  if (width > longest_side || height > longest_side)
    fail(ErrorKind::input, "[png] {}: is {} x {}, sides are limited to {}; use a smaller image",
         where, width, height, longest_side);
  const std::uint64_t least = height * (1 + (width + 7) / 8);
  if (least / 1032 > file_size)
    fail(ErrorKind::input, "[png] {}: claims {} x {} pixels in {} bytes; {}", where, width, height,
         file_size, io::damaged);
  constexpr std::uint64_t rest = 1 << 24;  // for what is no pixel: profiles, texts
  constexpr std::uint64_t widest_pixel = 8;
  if (file_size > rest + 2 * height * (1 + width * widest_pixel))
    fail(ErrorKind::input, "[png] {}: has {} bytes for {} x {} pixels; {}", where, file_size, width,
         height, io::damaged);
  constexpr std::uint64_t channels = 3;
  io::Budget(file_size).take(width * height * channels, fmt::format("[png] {}", where));
}

void require_image(const Array& image) {
  const auto& shape = image.shape;
  const bool fits = image.dtype == DType::u8 && shape.size() == 3 && shape[0] > 0 && shape[1] > 0 &&
                    shape[0] <= longest_side && shape[1] <= longest_side &&
                    (shape[2] == 1 || shape[2] == 3);
  if (!fits)
    fail(ErrorKind::usage,
         "[png] an image is u8 [height, width, 1 or 3] with sides of 1 to {}, this one is {} {}; "
         "convert it first",
         longest_side, name(image.dtype), shape.str());
}

}  // namespace

Array load_png(const std::filesystem::path& path) {
  const std::string where = path.string();
  io::FileSource file(path, fmt::format("[png] {}", where));
  const std::uint64_t size = file.at_most();
  std::string bytes(std::min<std::uint64_t>(size, head_size), '\0');
  io::read_exactly(file, std::as_writable_bytes(std::span(bytes)), "its head");
  check_head(bytes, size, where);
  bytes.resize(static_cast<std::size_t>(size));
  io::read_exactly(file, std::as_writable_bytes(std::span(bytes)).subspan(head_size), "it");
  return decode_png(bytes, where);
}

Array decode_png(std::string_view bytes, std::string_view where) {
  check_head(bytes.substr(0, head_size), bytes.size(), where);
  Png png;
  if (png_image_begin_read_from_memory(&png.image, bytes.data(), bytes.size()) == 0)
    fail(ErrorKind::input, "[png] {}: {}; {}", where, png.image.message, io::damaged);
  const bool color = (png.image.format & PNG_FORMAT_FLAG_COLOR) != 0;
  png.image.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png.image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  Array image = Array::zeros({png.image.height, png.image.width, color ? 3 : 1}, DType::u8);
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png.image, &black, image.bytes.data(), 0, nullptr) == 0)
    fail(ErrorKind::input, "[png] {}: {}; {}", where, png.image.message, io::damaged);
  return image;
}

void save_png(const std::filesystem::path& path, const Array& image) {
  platform::write_file_atomically(path, encode_png(image));
}

std::string encode_png(const Array& image) {
  require_image(image);
  Png png;
  png.image.height = static_cast<png_uint_32>(image.shape[0]);
  png.image.width = static_cast<png_uint_32>(image.shape[1]);
  png.image.format = image.shape[2] == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png.image);
  std::string out(size, '\0');
  if (png_image_write_to_memory(&png.image, out.data(), &size, 0, image.bytes.data(), 0, nullptr) ==
      0)
    fail(ErrorKind::memory, "[png] cannot encode an image of {}: {}; make it smaller",
         image.shape.str(), png.image.message);
  out.resize(size);
  return out;
}

}  // namespace varve
