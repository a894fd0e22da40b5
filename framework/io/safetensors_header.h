#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace varve::io {

inline constexpr std::string_view metadata_key = "__metadata__";

/// What the header says of one tensor; nothing of it is checked but its form.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;  ///< offset of the first byte, from the end of the header
  std::uint64_t end = 0;    ///< one past the last
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

/// Parses the JSON header of a safetensors file, strictly: every key once, every value of its type,
/// numbers whole and not negative. Throws ErrorKind::input beginning with `origin`.
SafetensorsHeader parse_safetensors_header(std::string_view text, const std::string& origin);

}  // namespace varve::io
