#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// The one way in which JSON from a file becomes a document. For sources and programs that build
/// against nlohmann's library themselves; no other header needs it.
namespace varve::io {

struct JsonLimits {
  std::uint64_t bytes = 1 << 20;
  int depth = 8;  ///< of lists and objects in each other; the library walks them recursively
};

/// Parses a document: valid JSON in UTF-8 within the limits, every key once in its object, every
/// number one that 64 bits hold. Throws ErrorKind::input, beginning with `origin`, with what is
/// wrong.
nlohmann::json parse_json(std::string_view text, const std::string& origin,
                          const JsonLimits& limits = {});

/// Reads a file so. `where` begins the messages: "[run]".
nlohmann::json read_json(const std::filesystem::path& path, std::string_view where,
                         const JsonLimits& limits = {});

/// The whole number of `object` under `key`. Throws ErrorKind::input, beginning with `origin`, if
/// it is not there, no whole number, or beyond the range.
std::int64_t whole_number(const nlohmann::json& object, const std::string& key, std::int64_t least,
                          std::int64_t most, const std::string& origin);

}  // namespace varve::io
