#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "framework/io/picture.h"

/// What the readers of single formats share.
namespace varve::io {

/// Longest side of a picture that is read.
inline constexpr std::int64_t longest_side = 16384;

/// Throws ErrorKind::input unless the sides are from 1 to longest_side and the samples within the
/// Budget of a file of so many bytes.
void require_readable(const Picture& picture, std::uint64_t file_bytes, const std::string& origin);

/// Memory for its samples, all zero.
void allocate_samples(Picture& picture);

/// As the viewer should see what was stored with an orientation of EXIF or TIFF, 1 to 8; any other
/// number changes nothing.
Picture oriented(Picture picture, int orientation);
/// The sides, changed as oriented() does.
void orient_sides(Picture& picture, int orientation);

/// Whole numbers at a place in a file. Beyond its end they are 0.
std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size);
std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t size);

// The formats. Without its library one says what is missing.
PictureFormat png_format();
PictureFormat jpeg_format();
PictureFormat webp_format();
PictureFormat tiff_format();
PictureFormat gif_format();
PictureFormat bmp_format();
PictureFormat netpbm_format();

}  // namespace varve::io
