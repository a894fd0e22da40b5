#include "framework/io/text.h"

#include <algorithm>
#include <span>

#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve::io {

std::string read_text(const std::filesystem::path& path, std::string_view origin,
                      std::uint64_t limit) {
  constexpr std::uint64_t block = 1 << 20;
  platform::InputFile file(path);
  if (file.size() > limit)
    fail(ErrorKind::input, "{} {}: has {} bytes, at most {} are accepted; use a smaller file",
         origin, path.string(), file.size(), limit);
  std::string text;
  while (text.size() < file.size()) {
    const std::size_t begin = text.size();
    text.resize(begin + std::min(block, file.size() - begin));
    const std::size_t count = file.read(std::as_writable_bytes(std::span(text)).subspan(begin));
    const bool ended = count < text.size() - begin;
    text.resize(begin + count);
    require_no_zero(std::string_view(text).substr(begin),
                    fmt::format("{} {}", origin, path.string()));
    if (ended) break;
  }
  return text;
}

void require_no_zero(std::string_view text, std::string_view origin) {
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    fail(ErrorKind::input, "{}: is no text: it has a zero byte at {}; save it as UTF-8 text",
         origin, zero);
}

}  // namespace varve::io
