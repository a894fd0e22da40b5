#include "apps/studio/options.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/core/schedule.h"
#include "framework/io/json.h"
#include "framework/platform/platform.h"

namespace varve::studio {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 11> remarks{
    "class-names", "data-left-out", "data-taken", "classes", "examples",   "image",
    "parameters",  "reductions",    "test-print", "version", "train-print"};

/// Where the option's text goes. A schedule is text to the parser of flags.
template <class T>
T& target(T* value) {
  return *value;
}
std::string& target(ScheduleText* value) { return value->text; }
std::string& target(OptionText* value) { return value->text; }

/// "400,200".
std::vector<std::int64_t> parse_list(const std::string& flag, const std::string& text) {
  std::vector<std::int64_t> out;
  for (const auto& part : CLI::detail::split(text, ',')) {
    std::int64_t number = 0;
    const char* end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data(), end, number);
    if (error != std::errc() || stop != end)
      throw CLI::ConversionError(
          fmt::format("{}: '{}' is no list of numbers such as 400,200", flag, text));
    out.push_back(number);
  }
  return out;
}

CLI::Option* declare(CLI::App& app, const std::string& name, const Options::Value& value,
                     const std::string& description, const Options::Rules& rules) {
  if (auto* const* flag = std::get_if<bool*>(&value))
    return app.add_flag("--" + name, **flag, description);
  if (rules.bare)
    return app.add_flag("--" + name + "{-}", *std::get<std::string*>(value), description);
  const std::string flag = (rules.positional ? "" : "--") + name;
  if (auto* const* list = std::get_if<std::vector<std::int64_t>*>(&value)) {
    const auto read = [sizes = *list, flag](const std::string& text) {
      *sizes = parse_list(flag, text);
    };
    return app.add_option_function<std::string>(flag, read, description);
  }
  return std::visit(
      [&](auto* pointer) { return app.add_option(flag, target(pointer), description); }, value);
}

/// What stands for a value in --help.
std::string unit_of(const Options::Value& value, const Options::Rules& rules) {
  if (!rules.unit.empty()) return std::string(rules.unit);
  if (std::holds_alternative<std::int64_t*>(value)) return "N";
  if (std::holds_alternative<double*>(value)) return "X";
  if (std::holds_alternative<std::vector<std::int64_t>*>(value)) return "N,N,...";
  if (std::holds_alternative<ScheduleText*>(value)) return "X|SCHEDULE";
  return "NAME";
}

std::string default_of(const Options::Value& value) {
  return std::visit(
      [](auto* pointer) -> std::string {
        const auto& now = target(pointer);
        using T = std::remove_cvref_t<decltype(now)>;
        if constexpr (std::is_same_v<T, std::string>)
          return now;
        else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
          return now > 0 ? fmt::format("{}", now) : "";
        else
          return "";
      },
      value);
}

std::vector<double> numbers_in(const Options::Value& value) {
  if (auto* const* whole = std::get_if<std::int64_t*>(&value))
    return {static_cast<double>(**whole)};
  if (auto* const* real = std::get_if<double*>(&value)) return {**real};
  if (auto* const* list = std::get_if<std::vector<std::int64_t>*>(&value))
    return {(*list)->begin(), (*list)->end()};
  return {};
}

std::string environment_name(std::string name) {
  for (auto& c : name)
    c = c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return "VARVE_" + name;
}

std::string to_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string joined;
  for (const auto& entry : value) joined += (joined.empty() ? "" : ",") + to_text(entry);
  return joined;
}

template <class T>
std::optional<T> to_number(const std::string& text) {
  T number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return {};
  return number;
}

json to_json(const Options::Value& value) {
  return std::visit(
      [](auto* pointer) -> json {
        if constexpr (std::is_class_v<std::remove_pointer_t<decltype(pointer)>> &&
                      requires { pointer->text; }) {
          if (const auto whole = to_number<std::int64_t>(pointer->text)) return *whole;
          const auto number = to_number<double>(pointer->text);
          return number ? json(*number) : json(pointer->text);
        } else {
          return *pointer;
        }
      },
      value);
}

/// Whether it is a text that was not given.
bool is_absent(const Options::Value& value) {
  auto* const* text = std::get_if<OptionText*>(&value);
  return text != nullptr && (*text)->text.empty();
}

}  // namespace

void Options::add(std::string_view name, Value value, std::string_view description) {
  add(name, value, description, Rules{});
}

void Options::add(std::string_view name, Value value, std::string_view description,
                  const Rules& rules) {
  const std::string key(name);
  CLI::Option* option = declare(*app_, key, value, std::string(description), rules);
  if (rules.positional) {
    option->required(!rules.optional)->type_name("");
  } else if (!std::holds_alternative<bool*>(value)) {
    const std::string unit = unit_of(value, rules);
    option->type_name(rules.bare ? fmt::format("[={}]", unit) : unit);
    option->default_str(rules.bare ? "" : default_of(value));
  }
  if (!rules.group.empty()) option->group(std::string(rules.group));
  option->take_last();  // so that a script's own flags can be overruled
  settings_.push_back({key, value, rules, option});
}

void Options::fill(Setting& setting, const std::string& text, const std::string& source) {
  try {
    setting.filled = true;
    setting.option->add_result(text);
    setting.option->run_callback();
  } catch (const CLI::Error& error) {
    fail(ErrorKind::usage, "[{}] {} sets {} to '{}': {}", command(), source, setting.name, text,
         error.what());
  }
}

void Options::read_environment() {
  for (auto& setting : settings_) {
    if (setting.rules.positional || setting.option->count() > 0) continue;
    const std::string variable = environment_name(setting.name);
    const char* text = std::getenv(variable.c_str());
    if (text != nullptr && *text != '\0') fill(setting, text, "the environment's " + variable);
  }
}

void Options::read_config(const std::filesystem::path& path) {
  const auto config = io::read_json(path, fmt::format("[{}]", command()));
  if (!config.is_object())
    fail(ErrorKind::input, "[{}] {} is not a JSON object: write {{\"epochs\": 10, ...}}", command(),
         path.string());
  for (const auto& [key, value] : config.items()) {
    if (is_remark(key)) continue;
    Setting* setting = find(key);
    if (setting == nullptr || setting->rules.positional) {
      std::vector<std::string> names;
      for (const auto& known : settings_)
        if (!known.rules.positional) names.push_back(known.name);
      fail(ErrorKind::usage, "[{}] {} sets the unknown option '{}'{}", command(), path.string(),
           key, did_you_mean(key, names));
    }
    if (value.is_object() || value.is_null())
      fail(ErrorKind::usage, "[{}] {}: '{}' must be text, a number, true, false or a list",
           command(), path.string(), key);
    const std::string text = to_text(value);
    if (setting->option->count() == 0 && !text.empty()) fill(*setting, text, path.string());
  }
}

void Options::check() const {
  for (const auto& [name, value, rules, option, filled] : settings_) {
    if (auto* const* text = std::get_if<std::string*>(&value))
      require_utf8(fmt::format("{}{}", rules.positional ? "" : "--", name), **text);
    for (const double number : numbers_in(value))
      if (!(number >= rules.least && number <= rules.most))
        fail(ErrorKind::usage, "[{}] --{} must be {} {:g}, got {:g}", command(), name,
             number > rules.most ? "at most" : "at least",
             number > rules.most ? rules.most : rules.least, number);
    if (auto* const* schedule = std::get_if<ScheduleText*>(&value))
      if (!(*schedule)->text.empty()) Schedule::parse((*schedule)->text);
  }
}

void Options::reject_rest() const {
  auto rest = app_->remaining();
  // What stands behind "--" was taken for a positional, or is left over here or above.
  auto behind = app_->get_parent()->remaining();
  if (const auto dashes = std::find(rest.begin(), rest.end(), "--"); dashes != rest.end()) {
    behind.insert(behind.begin(), dashes, rest.end());
    rest.erase(dashes, rest.end());
  }
  for (const auto& more : behind)
    if (more != "--")
      fail(
          ErrorKind::usage,
          "[{}] unexpected argument '{}' behind '--': flags stand before it, see 'varve {} --help'",
          command(), more, command());
  if (rest.empty()) return;
  const std::string& first = rest.front();
  if (first.size() < 2 || first[0] != '-')
    fail(ErrorKind::usage, "[{}] unexpected argument '{}': see 'varve {} --help'", command(), first,
         command());
  std::vector<std::string> names{"--help"};
  for (const auto& setting : settings_)
    if (!setting.rules.positional) names.push_back("--" + setting.name);
  const std::string flag = first.substr(0, first.find('='));
  const std::string nearest = nearest_name(flag, names);
  fail(ErrorKind::usage, "[{}] unknown flag '{}'{} see 'varve {} --help'", command(), flag,
       nearest.empty() ? ":" : fmt::format("; did you mean '{}'? Or", nearest), command());
}

Options::Setting* Options::find(std::string_view name) {
  const auto found = std::find_if(settings_.begin(), settings_.end(),
                                  [&](const Setting& setting) { return setting.name == name; });
  return found == settings_.end() ? nullptr : &*found;
}

bool Options::has(std::string_view name) const {
  return std::any_of(settings_.begin(), settings_.end(),
                     [&](const Setting& setting) { return setting.name == name; });
}

bool Options::flagged(std::string_view name) const {
  return std::any_of(settings_.begin(), settings_.end(), [&](const Setting& setting) {
    return setting.name == name && !setting.filled && setting.option->count() > 0;
  });
}

json Options::kept() const {
  json out = json::object();
  for (const auto& setting : settings_)
    if (setting.rules.kept && !is_absent(setting.value)) out[setting.name] = to_json(setting.value);
  return out;
}

std::string Options::command() const { return app_->get_name(); }

void require_utf8(std::string_view what, const std::string& text) {
  try {
    json(text).dump();
  } catch (const json::type_error&) {
    fail(ErrorKind::usage,
         "[options] {} {}: is not UTF-8, as names of files must be here: rename it", what,
         json(text).dump(-1, ' ', false, json::error_handler_t::replace));
  }
}

bool is_remark(std::string_view key) {
  return std::find(remarks.begin(), remarks.end(), key) != remarks.end();
}

void require_known(std::string_view what, std::string_view name,
                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) == known.end())
    fail(ErrorKind::usage, "[options] unknown {} '{}'{}", what, name, did_you_mean(name, known));
}

}  // namespace varve::studio
