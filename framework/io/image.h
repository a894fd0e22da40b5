#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "framework/core/array.h"

namespace varve {

/// Images are u8 arrays [height, width, channels], channels 1 (grey) or 3 (RGB).

/// Reads a PNG as such an image: the stored samples (picture.h), those of 16 bits rounded to 8,
/// over black where there is alpha. Throws ErrorKind::input naming the file and the reason.
Array load_png(const std::filesystem::path& path);
Array decode_png(std::string_view bytes, std::string_view where);
/// Writes a PNG atomically.
void save_png(const std::filesystem::path& path, const Array& image);
std::string encode_png(const Array& image);

}  // namespace varve
