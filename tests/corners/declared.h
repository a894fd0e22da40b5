#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "tests/corners/corners.h"

namespace varve::corners {

/// The functions that a header's text declares: free ones by their name ("pow", "operator+"),
/// public members of its classes as "Normal::log_prob", constructors as "Normal::Normal".
/// Destructors and what is defaulted or deleted do not count. It reads C++ as this project writes
/// it, no more.
std::set<std::string> declared_functions(std::string_view header);

/// The text of a header, by its path from the project's root.
std::string header_text(std::string_view path);

/// Which of `functions` no row tells about.
std::set<std::string> without_row(const std::set<std::string>& functions,
                                  std::span<const Row> rows);

/// Which rows tell about no function of `functions`: a misspelled name, or one that is gone.
std::set<std::string> without_function(const std::set<std::string>& functions,
                                       std::span<const Row> rows);

/// "a, b": for messages.
std::string joined(const std::set<std::string>& names);

}  // namespace varve::corners
