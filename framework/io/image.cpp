#include "framework/io/image.h"

#include <png.h>

#include "framework/core/error.h"
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

/// Refuses sizes that the file is too short for, before memory is asked for: a row takes a filter
/// byte and at least a bit a pixel, and deflate shrinks at most 1032-fold.
void check_size(const png_image& image, std::size_t file_size, std::string_view where) {
  if (image.width > longest_side || image.height > longest_side)
    fail(ErrorKind::input, "[png] {}: is {} x {}, sides are limited to {}; use a smaller image",
         where, image.width, image.height, longest_side);
  const std::uint64_t least = image.height * (1 + (image.width + 7ULL) / 8);
  if (least / 1032 > file_size)
    fail(ErrorKind::input, "[png] {}: claims {} x {} pixels in {} bytes; {}", where, image.width,
         image.height, file_size, io::damaged);
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
  return decode_png(platform::read_file(path), path.string());
}

Array decode_png(std::string_view bytes, std::string_view where) {
  Png png;
  if (png_image_begin_read_from_memory(&png.image, bytes.data(), bytes.size()) == 0)
    fail(ErrorKind::input, "[png] {}: {}; {}", where, png.image.message, io::damaged);
  check_size(png.image, bytes.size(), where);
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
