#pragma once

#include <span>
#include <string_view>

/// Every reader of files, as something that takes any bytes: for libFuzzer, and for the seeded
/// mutations of the ordinary suite.
namespace varve::fuzz {

struct Reader {
  std::string_view name;  ///< of its folder of files to begin with, below corpus/
  /// Reads bytes that come from "bad.file". May throw ErrorKind::input and nothing else.
  void (*read)(std::string_view bytes);
};

std::span<const Reader> readers();

}  // namespace varve::fuzz
