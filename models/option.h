#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framework/core/schedule.h"

namespace varve {

/// What an option is set to. A schedule is a number or its text form, a choice one of its words.
using OptionValue = std::variant<double, std::int64_t, std::string, std::vector<std::int64_t>>;
/// By the option's name.
using OptionValues = std::map<std::string, OptionValue, std::less<>>;

/// The values that a number may take.
struct Bounds {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

/// One field of a configuration, as a user sees it: what `varve models NAME` lists and `varve train
/// --NAME` sets. options_of() makes them from the configuration itself.
struct Option {
  enum class Kind : std::uint8_t { number, count, choice, schedule, counts };

  std::string name;  ///< as a flag: "free-bits"
  std::string help;  ///< one line, with the symbol of the paper
  Kind kind;
  OptionValue fallback;                ///< the value where nothing is said
  Bounds bounds{};                     ///< of numbers, and of every value of a schedule
  std::vector<std::string> choices{};  ///< of a choice

  /// "a number of at least 0", "one of gaussian, mask".
  std::string range() const;
  /// The value that `text` stands for. Throws ErrorKind::usage if it is of the wrong kind or out of
  /// bounds, naming the option and what it takes.
  OptionValue parse(std::string_view text) const;
  /// Throws as parse(). Gives the value in its own kind: 3 as 3.0 for a number.
  OptionValue checked(const OptionValue& value) const;
};

/// The option of this name, or null.
const Option* find_option(const std::vector<Option>& options, std::string_view name);

/// As it would stand behind the flag: "linear:0:25:100000", "400,200".
std::string text_of(const OptionValue& value);
/// The schedule that a value stands for. Throws ErrorKind::usage for a text that is none.
Schedule schedule_of(const OptionValue& value);

}  // namespace varve
