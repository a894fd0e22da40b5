#include "models/option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve {
namespace {

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

double first_value(const Option& option, const OptionValue& value) {
  try {
    return schedule_of(value).first();
  } catch (const Error& error) {
    fail(ErrorKind::usage, "[model] --{}: {}", option.name, error.what());
  }
}

void require_within(const Option& option, double number) {
  if (!(number >= option.bounds.least && number <= option.bounds.most && std::isfinite(number)))
    fail(ErrorKind::usage, "[model] --{} {}: {} is needed", option.name, number, option.range());
}

/// "400,200".
std::vector<std::int64_t> read_counts(const Option& option, std::string_view text) {
  std::vector<std::int64_t> counts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(',', start), text.size());
    counts.emplace_back();
    if (!read_number(text.substr(start, end - start), counts.back()))
      fail(ErrorKind::usage, "[model] --{} '{}': {} is needed", option.name, text, option.range());
    start = end + 1;
  }
  return counts;
}

}  // namespace

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

std::string text_of(const OptionValue& value) {
  return std::visit(
      [](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::vector<std::int64_t>>)
          return fmt::format("{}", fmt::join(v, ","));
        else
          return fmt::format("{}", v);
      },
      value);
}

Schedule schedule_of(const OptionValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Schedule::parse(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return {static_cast<double>(*whole)};
  if (const auto* number = std::get_if<double>(&value)) return {*number};
  fail(ErrorKind::usage, "[model] '{}' is no schedule", text_of(value));
}

std::string Option::range() const {
  if (kind == Kind::choice) return fmt::format("one of {}", fmt::join(choices, ", "));
  const std::string what = kind == Kind::count      ? "a whole number"
                           : kind == Kind::counts   ? "a list of whole numbers (64,32)"
                           : kind == Kind::schedule ? "a number or schedule"
                                                    : "a number";
  // A count's upper bound is that of the type and says nothing.
  const bool capped = std::isfinite(bounds.most) && kind != Kind::count && kind != Kind::counts;
  if (capped) return fmt::format("{} from {:g} to {:g}", what, bounds.least, bounds.most);
  return std::isfinite(bounds.least) ? fmt::format("{} of at least {:g}", what, bounds.least)
                                     : what;
}

OptionValue Option::parse(std::string_view text) const {
  if (kind == Kind::choice) return checked(std::string(text));
  if (kind == Kind::counts) return checked(read_counts(*this, text));
  std::int64_t whole = 0;
  double number = 0;
  if (kind == Kind::count && read_number(text, whole)) return checked(whole);
  if (kind != Kind::count && read_number(text, number)) return checked(number);
  if (kind == Kind::schedule) return checked(std::string(text));
  fail(ErrorKind::usage, "[model] --{} '{}': {} is needed", name, text, range());
}

OptionValue Option::checked(const OptionValue& value) const {
  const auto wrong_kind = [&] {
    fail(ErrorKind::usage, "[model] --{} '{}': {} is needed", name, text_of(value), range());
  };
  const bool is_text = std::holds_alternative<std::string>(value);
  switch (kind) {
    case Kind::choice:
      if (!is_text) wrong_kind();
      if (std::find(choices.begin(), choices.end(), std::get<std::string>(value)) == choices.end())
        fail(ErrorKind::usage, "[model] unknown --{} '{}'{}", name, text_of(value),
             did_you_mean(std::get<std::string>(value), choices));
      return value;
    case Kind::count:
      if (!std::holds_alternative<std::int64_t>(value)) wrong_kind();
      require_within(*this, static_cast<double>(std::get<std::int64_t>(value)));
      return value;
    case Kind::counts: {
      const auto* counts = std::get_if<std::vector<std::int64_t>>(&value);
      if (counts == nullptr) wrong_kind();
      for (const auto count : *counts) require_within(*this, static_cast<double>(count));
      return value;
    }
    case Kind::schedule: {
      if (std::holds_alternative<std::vector<std::int64_t>>(value)) wrong_kind();
      const double first = first_value(*this, value);
      require_within(*this, first);
      return is_text ? value : OptionValue(first);
    }
    case Kind::number:
      break;
  }
  if (is_text || std::holds_alternative<std::vector<std::int64_t>>(value)) wrong_kind();
  const double number = std::holds_alternative<double>(value)
                            ? std::get<double>(value)
                            : static_cast<double>(std::get<std::int64_t>(value));
  require_within(*this, number);
  return number;
}

}  // namespace varve
