#include "framework/io/image.h"

#include <png.h>

#include <cstring>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/content.h"
#include "framework/io/pictures/reading.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

using io::longest_side;

/// libpng's state for one image, freed at the end of the scope.
struct Png {
  png_image image{};
  Png() { image.version = PNG_IMAGE_VERSION; }
  ~Png() { png_image_free(&image); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
};

/// Grey or RGB of 8 bits. Alpha goes over black.
Array to_bytes(const Picture& picture) {
  const bool alpha = picture.has_alpha();
  const int colors = picture.channels - (alpha ? 1 : 0);
  Array image = Array::zeros({picture.height, picture.width, colors}, DType::u8);
  const auto sample = [&](std::size_t i) -> std::uint32_t {
    if (picture.bits == 8) return std::to_integer<std::uint32_t>(picture.samples[i]);
    std::uint16_t wide = 0;
    std::memcpy(&wide, &picture.samples[2 * i], 2);
    return (wide + 128U) / 257U;
  };
  std::size_t at = 0;
  auto out = image.as<std::uint8_t>().begin();
  for (std::int64_t i = 0; i < picture.height * picture.width; ++i) {
    const auto c = static_cast<std::size_t>(colors);
    const std::uint32_t opacity = alpha ? sample(at + c) : 255;
    for (std::size_t k = 0; k < c; ++k)
      *out++ = static_cast<std::uint8_t>((sample(at + k) * opacity + 127) / 255);
    at += static_cast<std::size_t>(picture.channels);
  }
  return image;
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
  const auto bytes = io::read_bytes(file, file.at_most(), "it");
  return decode_png({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where);
}

Array decode_png(std::string_view bytes, std::string_view where) {
  const auto png = io::png_format();
  if (!png.begins(bytes.substr(0, 256)))
    fail(ErrorKind::input, "[png] {}: {}; name a PNG image", where,
         io::what_else(bytes.substr(0, 256)));
  return to_bytes(png.decode(bytes, fmt::format("[png] {}", where)));
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
