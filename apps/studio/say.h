#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace varve::studio {

/// Writes to stderr. A message that nobody can receive (closed, full) is no reason to end.
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace varve::studio
