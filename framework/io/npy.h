#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "framework/core/array.h"

namespace varve {

/// Reads a NumPy .npy file: format 1 to 3, C or Fortran order, either byte order. No pickles. The
/// array's dtype says what was read: bool, u1, i4, i8, f4 and f8 are as stored; f2 becomes f32; i1,
/// i2 and u2 become i32; u4 and u8 become i64 (a u8 beyond 2^63 - 1 is refused). Throws
/// ErrorKind::input naming the file and what is wrong with it.
Array load_npy(const std::filesystem::path& path);
Array decode_npy(std::string_view bytes, std::string_view where);
/// Writes .npy atomically.
void save_npy(const std::filesystem::path& path, const Array& array);
std::string encode_npy(const Array& array);

/// Reads every array of an .npz archive; entries that are not numeric arrays are left out. Throws
/// ErrorKind::input naming the file, the entry and what is wrong with it.
std::map<std::string, Array> load_npz(const std::filesystem::path& path);
std::map<std::string, Array> decode_npz(std::string_view bytes, std::string_view where);

}  // namespace varve
