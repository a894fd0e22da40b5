#include "framework/io/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/budget.h"
#include "framework/io/byte_source.h"
#include "framework/io/content.h"
#include "framework/io/pictures/reading.h"

namespace varve {
namespace {

constexpr std::size_t head_bytes = 256;

PictureFormat unread(std::string name, bool (*begins)(std::string_view)) {
  return {std::move(name), begins, nullptr, nullptr, "is not read: convert it to PNG"};
}

/// "ftyp" and a brand, behind the size of the box: what HEIF and its like begin with.
bool has_brand(std::string_view head, std::initializer_list<std::string_view> brands) {
  return head.size() >= 12 && head.substr(4, 4) == "ftyp" &&
         std::ranges::find(brands, head.substr(8, 4)) != brands.end();
}

Registry<PictureFormat> built_in() {
  using std::string_view;
  using namespace std::string_view_literals;
  return Registry<PictureFormat>(
      "picture format",
      {
          io::png_format(),
          io::jpeg_format(),
          io::webp_format(),
          io::tiff_format(),
          io::gif_format(),
          io::bmp_format(),
          io::netpbm_format(),
          unread("HEIC",
                 [](string_view head) {
                   return has_brand(head, {"heic", "heix", "hevc", "mif1", "msf1", "heim", "heis"});
                 }),
          unread("AVIF",
                 [](string_view head) {
                   return has_brand(head, {"avif", "avis"});
                 }),
          unread("JPEG XL",
                 [](string_view head) {
                   return head.starts_with("\xff\x0a") || head.starts_with("\0\0\0\x0cJXL "sv);
                 }),
          unread("JPEG 2000",
                 [](string_view head) {
                   return head.starts_with("\xff\x4f\xff\x51") ||
                          head.substr(0, 8).ends_with("jP  ");
                 }),
          unread("Photoshop", [](string_view head) { return head.starts_with("8BPS"); }),
          unread(
              "DICOM",
              [](string_view head) { return head.size() >= 132 && head.substr(128, 4) == "DICM"; }),
          unread("OpenEXR", [](string_view head) { return head.starts_with("\x76\x2f\x31\x01"); }),
          unread("Radiance HDR", [](string_view head) { return head.starts_with("#?RADIANCE"); }),
      });
}

const PictureFormat& readable(std::string_view bytes, const std::string& where) {
  const auto* format = picture_format(bytes.substr(0, head_bytes));
  if (format == nullptr)
    fail(ErrorKind::input, "[picture] {}: {}; pictures are {}", where,
         io::what_else(bytes.substr(0, head_bytes)), readable_formats());
  if (format->decode == nullptr)
    fail(ErrorKind::input, "[picture] {}: is {}, which {}", where, format->name, format->missing);
  return *format;
}

std::string origin_of(const PictureFormat& format, std::string_view where) {
  return fmt::format("[picture] {}: {}", where, format.name);
}

}  // namespace

Registry<PictureFormat>& picture_formats() {
  static Registry<PictureFormat> formats = built_in();
  return formats;
}

const PictureFormat* picture_format(std::string_view head) {
  const auto& formats = picture_formats();
  const auto found =
      std::ranges::find_if(formats, [&](const auto& format) { return format.begins(head); });
  return found == formats.end() ? nullptr : &*found;
}

std::string readable_formats() {
  std::string out;
  for (const auto& format : picture_formats())
    if (format.decode != nullptr) out += (out.empty() ? "" : ", ") + format.name;
  return out;
}

Picture load_picture(const std::filesystem::path& path) {
  const std::string origin = fmt::format("[picture] {}", path.string());
  io::FileSource file(path, origin);
  const auto bytes = io::read_bytes(file, file.at_most(), "it");
  return decode_picture({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

Picture decode_picture(std::string_view bytes, std::string_view where) {
  const auto& format = readable(bytes, std::string(where));
  return format.decode(bytes, origin_of(format, where));
}

Picture look_at_picture(std::string_view bytes, std::string_view where) {
  const auto& format = readable(bytes, std::string(where));
  return format.look(bytes, origin_of(format, where));
}

namespace io {

void require_readable(const Picture& picture, std::uint64_t file_bytes, const std::string& origin) {
  const auto& [height, width, channels, bits, samples] = picture;
  if (height < 1 || width < 1 || height > longest_side || width > longest_side)
    fail(ErrorKind::input, "{}: is {} x {}, sides are limited to {}; use a smaller picture", origin,
         height, width, longest_side);
  Budget(file_bytes)
      .take(static_cast<std::uint64_t>(picture.sample_count()) * static_cast<unsigned>(bits / 8),
            origin);
}

void allocate_samples(Picture& picture) {
  picture.samples.resize(static_cast<std::size_t>(picture.sample_count() * picture.sample_bytes()));
}

void orient_sides(Picture& picture, int orientation) {
  if (orientation >= 5 && orientation <= 8) std::swap(picture.height, picture.width);
}

Picture oriented(Picture picture, int orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  Picture out = picture;
  orient_sides(out, orientation);
  // Row y and column x of the result are of this row and column, counted from the far end if so.
  const auto among = [&](std::initializer_list<int> numbers) {
    return std::ranges::find(numbers, orientation) != numbers.end();
  };
  const bool from_bottom = among({3, 4, 6, 7});
  const bool from_right = among({2, 3, 7, 8});
  const bool swapped = orientation >= 5;
  const auto pixel = static_cast<std::size_t>(picture.channels * picture.sample_bytes());
  std::byte* to = out.samples.data();
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t x = 0; x < out.width; ++x, to += pixel) {
      std::int64_t row = swapped ? x : y;
      std::int64_t column = swapped ? y : x;
      if (from_bottom) row = picture.height - 1 - row;
      if (from_right) column = picture.width - 1 - column;
      std::memcpy(to,
                  &picture.samples[static_cast<std::size_t>(row * picture.width + column) * pixel],
                  pixel);
    }
  return out;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | (at + i < bytes.size() ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
  return value;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | (at + i < bytes.size() ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
  return value;
}

}  // namespace io
}  // namespace varve
