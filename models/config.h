#pragma once

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

#include "framework/core/error.h"
#include "models/option.h"

/// Typed configurations. A model (or a network) has one struct with the defaults of its paper, and
/// one function that names its fields:
///
///     struct CapacityVaeConfig {
///       double gamma = 10;
///       Schedule capacity = Schedule::parse("linear:0:25:33%");
///
///       template <class V>
///       void visit(V& v) {
///         v("gamma", gamma, "weight of |KL - C|", {.least = 0});
///         v("capacity", capacity, "C, the nats that a code may hold", {.least = 0});
///       }
///     };
///
/// Flags, help, config.json and the checks of values come from it. A field is a double, an
/// std::int64_t, a Schedule, a list of std::int64_t, or an enum with a function `words_of(E)` that
/// gives the word of each enumerator, in their order.
namespace varve {

inline constexpr Bounds counting{1, 0x1p31};

/// Visits a configuration to list its fields, with their values as the defaults.
class OptionLister {
 public:
  void operator()(std::string_view name, const double& value, std::string_view help,
                  Bounds bounds = {}) {
    add(name, help, Option::Kind::number, value, bounds);
  }
  void operator()(std::string_view name, const std::int64_t& value, std::string_view help,
                  Bounds bounds = counting) {
    add(name, help, Option::Kind::count, value, bounds);
  }
  void operator()(std::string_view name, const Schedule& value, std::string_view help,
                  Bounds bounds = {}) {
    add(name, help, Option::Kind::schedule, value.str(), bounds);
  }
  void operator()(std::string_view name, const std::vector<std::int64_t>& value,
                  std::string_view help, Bounds bounds = counting) {
    add(name, help, Option::Kind::counts, value, bounds);
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, const E& value, std::string_view help) {
    const std::span<const std::string_view> words = words_of(E{});
    add(name, help, Option::Kind::choice, std::string(words[static_cast<std::size_t>(value)]), {});
    options.back().choices.assign(words.begin(), words.end());
  }

  std::vector<Option> options;

 private:
  void add(std::string_view name, std::string_view help, Option::Kind kind, OptionValue value,
           Bounds bounds) {
    options.push_back({std::string(name), std::string(help), kind, std::move(value), bounds, {}});
  }
};

/// Visits a configuration to set the fields that it has a value for.
class OptionSetter {
 public:
  explicit OptionSetter(const OptionValues& values) : values_(values) {}

  void operator()(std::string_view name, double& value, std::string_view, Bounds = {}) {
    if (const auto* given = find(name)) value = std::get<double>(*given);
  }
  void operator()(std::string_view name, std::int64_t& value, std::string_view, Bounds = {}) {
    if (const auto* given = find(name)) value = std::get<std::int64_t>(*given);
  }
  void operator()(std::string_view name, Schedule& value, std::string_view, Bounds = {}) {
    if (const auto* given = find(name)) value = schedule_of(*given);
  }
  void operator()(std::string_view name, std::vector<std::int64_t>& value, std::string_view,
                  Bounds = {}) {
    if (const auto* given = find(name)) value = std::get<std::vector<std::int64_t>>(*given);
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& value, std::string_view) {
    const auto* given = find(name);
    if (given == nullptr) return;
    const std::span<const std::string_view> words = words_of(E{});
    const auto at = std::find(words.begin(), words.end(), std::get<std::string>(*given));
    value = static_cast<E>(at - words.begin());
  }

 private:
  const OptionValue* find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }
  const OptionValues& values_;
};

/// The fields of a configuration; its values are the defaults.
template <class Config>
std::vector<Option> options_of(Config config) {
  OptionLister lister;
  config.visit(lister);
  return std::move(lister.options);
}

/// The configuration with other values for some fields, each checked already by its Option.
template <class Config>
Config configured(Config config, const OptionValues& values) {
  OptionSetter setter(values);
  config.visit(setter);
  return config;
}

/// Hands the configuration back. Throws ErrorKind::usage if a field is out of its bounds.
template <class Config>
Config checked(Config config) {
  for (const Option& option : options_of(config)) option.checked(option.fallback);
  return config;
}

/// Of a model that has no options of its own.
struct NoConfig {
  template <class V>
  void visit(V&) {}
};

}  // namespace varve
