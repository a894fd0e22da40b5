#include <array>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/pictures/reading.h"

// Windows bitmaps: a file header of 14 bytes, an info header, a palette, then rows of a multiple of
// four bytes, the lowest first unless the height is negative.

namespace varve::io {
namespace {

constexpr std::size_t file_header = 14;

struct Head {
  Picture picture;
  bool top_down = false;
  std::uint32_t bits = 0;  ///< a pixel
  std::size_t palette = 0, colors = 0, pixels = 0, stride = 0;
};

/// Whether 32 bits a pixel are red, green, blue and alpha at their usual places.
bool has_usual_masks(std::string_view bytes) {
  constexpr std::array<std::uint32_t, 3> usual{0x00FF0000, 0x0000FF00, 0x000000FF};
  for (std::size_t c = 0; c < 3; ++c)
    if (little_endian(bytes, file_header + 40 + 4 * c, 4) != usual[c]) return false;
  return true;
}

Head read_head(std::string_view bytes, const std::string& origin) {
  const auto info = little_endian(bytes, file_header, 4);
  const auto compression = little_endian(bytes, file_header + 16, 4);
  Head head;
  head.bits = little_endian(bytes, file_header + 14, 2);
  constexpr std::uint32_t plain = 0, masks = 3, least_info = 40, masks_with_alpha = 56;
  const bool masked = compression == masks && head.bits == 32 && has_usual_masks(bytes);
  const bool indexed = head.bits == 1 || head.bits == 4 || head.bits == 8;
  const bool direct = head.bits == 24 || head.bits == 32;
  if (info < least_info || !(masked || (compression == plain && (indexed || direct))))
    fail(ErrorKind::input,
         "{}: is of a rare kind ({} bits, compression {}) or damaged; convert it to PNG", origin,
         head.bits, compression);
  const auto height = static_cast<std::int32_t>(little_endian(bytes, file_header + 8, 4));
  head.top_down = height < 0;
  auto& picture = head.picture;
  picture.height = head.top_down ? -static_cast<std::int64_t>(height) : height;
  picture.width = static_cast<std::int32_t>(little_endian(bytes, file_header + 4, 4));
  const bool alpha =
      masked && info >= masks_with_alpha && little_endian(bytes, file_header + 52, 4) == 0xFF000000;
  picture.channels = alpha ? 4 : 3;
  require_readable(picture, bytes.size(), origin);
  head.palette = file_header + info;
  const auto colors = little_endian(bytes, file_header + 32, 4);
  if (indexed) head.colors = colors == 0 ? std::size_t{1} << head.bits : colors;
  head.pixels = little_endian(bytes, 10, 4);
  head.stride = (static_cast<std::size_t>(picture.width) * head.bits + 31) / 32 * 4;
  if (head.colors > 256 || head.pixels > bytes.size() ||
      head.stride * static_cast<std::size_t>(picture.height) > bytes.size() - head.pixels)
    fail(ErrorKind::input, "{}: {} x {} pixels do not fit into its {} bytes; {}", origin,
         picture.width, picture.height, bytes.size(), damaged);
  return head;
}

Picture look(std::string_view bytes, const std::string& origin) {
  return read_head(bytes, origin).picture;
}

Picture decode(std::string_view bytes, const std::string& origin) {
  Head head = read_head(bytes, origin);
  Picture picture = std::move(head.picture);
  allocate_samples(picture);
  std::byte* out = picture.samples.data();
  for (std::int64_t y = 0; y < picture.height; ++y) {
    const auto row = static_cast<std::size_t>(head.top_down ? y : picture.height - 1 - y);
    const std::string_view line = bytes.substr(head.pixels + row * head.stride, head.stride);
    for (std::size_t x = 0; x < static_cast<std::size_t>(picture.width); ++x) {
      std::size_t at = x * head.bits / 8;
      std::string_view source = line;
      if (head.colors > 0) {
        const auto shift = 8 - head.bits - x * head.bits % 8;
        const auto mask = (1U << head.bits) - 1;
        const auto index = static_cast<std::uint8_t>(line[at]) >> shift & mask;
        if (index >= head.colors)
          fail(ErrorKind::input, "{}: colour {} is not among its {}; {}", origin, index,
               head.colors, damaged);
        at = head.palette + 4 * index;
        source = bytes;
      }
      // Stored as blue, green, red and alpha.
      for (const std::size_t c : {2, 1, 0})
        *out++ = static_cast<std::byte>(big_endian(source, at + c, 1));
      if (picture.channels == 4) *out++ = static_cast<std::byte>(line[at + 3]);
    }
  }
  return picture;
}

}  // namespace

PictureFormat bmp_format() {
  // Two letters are few: the info header's size is of those that there are.
  return {"BMP",
          [](std::string_view head) {
            const auto info = little_endian(head, file_header, 4);
            return head.starts_with("BM") && info >= 12 && info <= 124;
          },
          look,
          decode,
          {}};
}

}  // namespace varve::io
