#pragma once

#include <set>
#include <string>
#include <string_view>

namespace varve::remedies {

/// The literals of C++ text, neighbours as one.
struct Messages {
  std::set<std::string> all;
  /// Those with a clause that begins with what to do ("...: take a smaller one", "..., or install
  /// it", "... --flag"), or that name a command to type. Help texts of options are none.
  std::set<std::string> remedies;
};
Messages messages_in(std::string_view text);

/// The same of all sources of the project.
Messages messages_in_sources();

}  // namespace varve::remedies
