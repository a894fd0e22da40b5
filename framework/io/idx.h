#pragma once

#include <filesystem>
#include <string_view>

#include "framework/core/array.h"
#include "framework/io/stored_array.h"

namespace varve {

/// Reads an IDX file (the format of MNIST), plain or gzip-compressed, of all its types: u8, i8 and
/// i16 (widened to i32), i32, f32, f64. Throws ErrorKind::input naming the file and what is wrong:
/// magic, dimensions, length, gzip damage.
Array load_idx(const std::filesystem::path& path);
Array decode_idx(std::string_view bytes, std::string_view where);

namespace io {

/// The same as it is stored, large ones on disk.
StoredArrayPtr open_idx(const std::filesystem::path& path);

}  // namespace io
}  // namespace varve
