#pragma once

#include <filesystem>
#include <string_view>

#include "framework/core/array.h"

namespace varve {

/// Reads an IDX file (the format of MNIST), plain or gzip-compressed, u8 only. Throws
/// ErrorKind::input naming the file and what is wrong: magic, dimensions, length, gzip damage.
Array load_idx(const std::filesystem::path& path);
Array decode_idx(std::string_view bytes, std::string_view where);

}  // namespace varve
