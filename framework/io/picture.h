#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/registry.h"

namespace varve {

/// A picture as its file stores it: the samples themselves, without gamma, colour profile or
/// background. Grey of fewer than 8 bits is spread over 0 to 255 and a palette looked up; what the
/// file says of the camera's orientation is done (EXIF in JPEG, the tag in TIFF).
struct Picture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  int channels = 1;  ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
  int bits = 8;      ///< of a sample: 8 or 16
  /// [height, width, channels] of std::uint8_t or std::uint16_t; empty if only looked at.
  std::vector<std::byte> samples{};

  bool has_alpha() const { return channels % 2 == 0; }
  std::int64_t sample_count() const { return height * width * channels; }
  int sample_bytes() const { return bits / 8; }
};

/// A format of pictures. Files are known by how they begin, whatever they are called.
struct PictureFormat {
  std::string name;  ///< "PNG"
  /// Whether these are the first bytes (up to 256) of such a file.
  bool (*begins)(std::string_view head) = nullptr;
  /// The picture of a whole file, without its samples. `origin` begins messages.
  Picture (*look)(std::string_view bytes, const std::string& origin) = nullptr;
  /// The picture. Both throw ErrorKind::input for damage, a size that the bytes cannot hold
  /// (io::Budget), sides above 16384 and kinds that are not read, saying which.
  Picture (*decode)(std::string_view bytes, const std::string& origin) = nullptr;
  /// Why it is not read, if it is not: then there are no functions to do so.
  std::string missing{};
};

/// Every known format, in the order in which they are asked. Open: see Registry.
Registry<PictureFormat>& picture_formats();
/// That of a file with these first bytes; null if it is no picture.
const PictureFormat* picture_format(std::string_view head);
/// "PNG, JPEG, ...": those that are read.
std::string readable_formats();

/// Reads a picture of any readable format. Throws ErrorKind::input naming the file, its format and
/// what is wrong or would help.
Picture load_picture(const std::filesystem::path& path);
Picture decode_picture(std::string_view bytes, std::string_view where);
/// Its size, channels and depth.
Picture look_at_picture(std::string_view bytes, std::string_view where);

}  // namespace varve
