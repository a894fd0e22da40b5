#include "framework/io/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace varve::io {
namespace {

/// Text in small letters, without what stands before it.
std::string as_markup(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n\xEF\xBB\xBF"), head.size()));
  std::string out(head.substr(0, 32));
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

}  // namespace

std::string what_else(std::string_view head) {
  if (head.empty()) return "is empty";
  const std::string markup = as_markup(head);
  // Of a few bytes, these may be all that is there.
  const auto begins = [&](std::string_view word) {
    return markup.starts_with(word) || (markup.size() >= 4 && word.starts_with(markup));
  };
  if (begins("<!doctype") || begins("<html"))
    return "is an HTML page: the download went wrong, fetch it again";
  if (begins("<?xml")) return "is an XML document: the download may have gone wrong";
  if (markup.starts_with("version https://git-lfs"))
    return "is a pointer of Git LFS: fetch the file itself by 'git lfs pull'";
  using Kind = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Kind, 11> kinds{{
      {"\x93NUMPY", "is a NumPy array (npy:FILE)"},
      {"\x89HDF\r\n", "is an HDF5 file (hdf5:FILE)"},
      {"\x1f\x8b", "is compressed by gzip"},
      {"PK\x03\x04", "is a zip archive (npz:FILE if NumPy wrote it)"},
      {"BZh", "is compressed by bzip2: unpack it"},
      {"\xfd"
       "7zXZ",
       "is compressed by xz: unpack it"},
      {"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it"},
      {"7z\xbc\xaf", "is a 7z archive: unpack it"},
      {"Rar!", "is a RAR archive: unpack it"},
      {"%PDF", "is a PDF document"},
      {"\x89PNG", "is a PNG picture (folder:DIR reads a folder of them)"},
  }};
  for (const auto& [begin, text] : kinds)
    if (head.starts_with(begin)) return std::string(text);
  std::string hex;
  for (const char c : head.substr(0, 4)) hex += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  return "begins with " + hex;
}

}  // namespace varve::io
