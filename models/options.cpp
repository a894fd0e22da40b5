#include "models/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve {
namespace {

std::string text_of(const OptionValue& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

Schedule schedule_of(const OptionValue& value) {
  // A share of the run is of one step here: models ask for the first value alone.
  if (const auto* text = std::get_if<std::string>(&value)) return Schedule::parse(*text, 1);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return {static_cast<double>(*whole)};
  return {std::get<double>(value)};
}

double first_value(const ModelOption& option, const OptionValue& value) {
  try {
    return schedule_of(value)(0);
  } catch (const Error& error) {
    fail(ErrorKind::usage, "[model] --{}: {}", option.name, error.what());
  }
}

void require_within(const ModelOption& option, double number) {
  if (!(number >= option.bounds.least && number <= option.bounds.most && std::isfinite(number)))
    fail(ErrorKind::usage, "[model] --{} {}: {} is needed", option.name, number, option.range());
}

/// The option's value; there is always one, since make_model() has filled in the defaults.
const OptionValue& value_of(const ModelOptions& options, const ModelOption& option) {
  const auto found = options.own.find(option.name);
  if (found == options.own.end())
    fail(ErrorKind::usage,
         "[model] the option '{}' has no value: name it in the model's row of the registry, and "
         "build the model by make_model()",
         option.name);
  return found->second;
}

}  // namespace

std::string ModelOption::range() const {
  if (kind == Kind::choice) return fmt::format("one of {}", fmt::join(choices, ", "));
  const std::string what = kind == Kind::count      ? "a whole number"
                           : kind == Kind::schedule ? "a number or schedule"
                                                    : "a number";
  // A count's upper bound is that of the type and says nothing.
  const bool capped = std::isfinite(bounds.most) && kind != Kind::count;
  if (capped) return fmt::format("{} from {:g} to {:g}", what, bounds.least, bounds.most);
  return std::isfinite(bounds.least) ? fmt::format("{} of at least {:g}", what, bounds.least)
                                     : what;
}

OptionValue ModelOption::parse(std::string_view text) const {
  if (kind == Kind::choice) return checked(std::string(text));
  std::int64_t whole = 0;
  double number = 0;
  if (kind == Kind::count && read_number(text, whole)) return checked(whole);
  if (kind != Kind::count && read_number(text, number)) return checked(number);
  if (kind == Kind::schedule) return checked(std::string(text));
  fail(ErrorKind::usage, "[model] --{} '{}': {} is needed", name, text, range());
}

OptionValue ModelOption::checked(const OptionValue& value) const {
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
    case Kind::schedule: {
      const double first = first_value(*this, value);
      require_within(*this, first);
      return is_text ? value : OptionValue(first);
    }
    case Kind::number:
      break;
  }
  if (is_text) wrong_kind();
  const double number = std::holds_alternative<double>(value)
                            ? std::get<double>(value)
                            : static_cast<double>(std::get<std::int64_t>(value));
  require_within(*this, number);
  return number;
}

NumberOption::NumberOption(std::string_view flag, std::string_view about, double value,
                           Bounds limits)
    : ModelOption{std::string(flag), std::string(about), Kind::number, value, limits} {}

CountOption::CountOption(std::string_view flag, std::string_view about, std::int64_t value,
                         Bounds limits)
    : ModelOption{std::string(flag), std::string(about), Kind::count, value, limits} {}

ChoiceOption::ChoiceOption(std::string_view flag, std::string_view about,
                           std::vector<std::string> words)
    : ModelOption{std::string(flag), std::string(about), Kind::choice, words.at(0), {}, words} {}

ScheduleOption::ScheduleOption(std::string_view flag, std::string_view about, const Schedule& value,
                               Bounds limits)
    : ModelOption{std::string(flag), std::string(about), Kind::schedule, value.str(), limits} {}

ScheduleOption::ScheduleOption(std::string_view flag, std::string_view about, const char* form,
                               Bounds limits)
    : ModelOption{std::string(flag), std::string(about), Kind::schedule, std::string(form),
                  limits} {}

ScheduleOption ScheduleOption::with_default(const Schedule& value) const {
  return {name, help, value, bounds};
}

double ModelOptions::operator[](const NumberOption& option) const {
  return std::get<double>(value_of(*this, option));
}
std::int64_t ModelOptions::operator[](const CountOption& option) const {
  return std::get<std::int64_t>(value_of(*this, option));
}
const std::string& ModelOptions::operator[](const ChoiceOption& option) const {
  return std::get<std::string>(value_of(*this, option));
}
Schedule ModelOptions::operator[](const ScheduleOption& option) const {
  return schedule_of(value_of(*this, option));
}

}  // namespace varve
