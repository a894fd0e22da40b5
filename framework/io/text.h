#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

/// What every reader of text asks of a file before it looks closer.
namespace varve::io {

/// Reads a file of text. Memory is taken as text arrives: a zero byte, which no text has, ends it
/// with ErrorKind::input, as more than `limit` bytes do. `origin` begins those messages. Throws as
/// platform::InputFile does too.
std::string read_text(const std::filesystem::path& path, std::string_view origin,
                      std::uint64_t limit);

/// Throws ErrorKind::input, beginning with `origin`, at the first zero byte.
void require_no_zero(std::string_view text, std::string_view origin);

}  // namespace varve::io
