#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "framework/core/array.h"

namespace varve {

/// The content of a safetensors file: named arrays and string metadata.
struct TensorFile {
  std::map<std::string, Array> tensors;
  std::map<std::string, std::string> metadata;
  /// Set by reading: of each tensor that was widened, the dtype that the file holds it in ("BF16").
  /// Not written.
  std::map<std::string, std::string> widened = {};
};

/// Writes strictly (aligned header, sorted tensors, no gaps) and atomically.
/// Throws ErrorKind::io if the system refuses.
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);
/// The bytes that save_safetensors writes.
std::string encode_safetensors(const TensorFile& file);

/// Dtypes that Varve does not have are widened: F16 and BF16 to f32, I8, I16 and U16 to i32, U32
/// and U64 to i64 (a number beyond 2^63 - 1 is refused); `TensorFile::widened` names them. F8 and
/// the rest are refused.
///
/// Reads and validates as the reference implementation does: header size, JSON without duplicate
/// keys, offsets without holes or overlap, sizes that match shapes, nothing behind the last byte.
/// Throws ErrorKind::input naming the file, the tensor and what is wrong.
TensorFile load_safetensors(const std::filesystem::path& path);
/// Decodes bytes; `where` names their origin in errors.
TensorFile decode_safetensors(std::string_view bytes, std::string_view where);

}  // namespace varve
