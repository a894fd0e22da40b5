#include "framework/io/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/text.h"

namespace varve::io {
namespace {

using nlohmann::json;

/// Takes the events of the parser, which itself does not recurse, and ends it at the first that is
/// beyond a limit. What passes may become a document.
class Guard final : public nlohmann::json_sax<json> {
 public:
  explicit Guard(const JsonLimits& limits) : limits_(limits) {}

  std::string problem;  ///< set when an event returned false

  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    return keys_.back().insert(name).second || reject("the key " + excerpt(name) + " occurs twice");
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool string(string_t&) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t value, const string_t& text) override {
    // The parser makes a float of a whole number that 64 bits do not hold.
    const bool whole = text.find_first_of(".eE") == std::string::npos;
    return (std::isfinite(value) && !whole) ||
           reject("the number " + excerpt(text) + " is out of range");
  }
  bool binary(binary_t&) override { return reject("it has binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int out_of_range = 406;
    return reject((error.id == out_of_range ? "a number is out of range at byte "
                                            : "it is not valid JSON in UTF-8 at byte ") +
                  std::to_string(position));
  }

 private:
  bool enter() {
    keys_.emplace_back();
    return static_cast<int>(keys_.size()) <= limits_.depth ||
           reject("it is nested more than " + std::to_string(limits_.depth) + " deep");
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }
  bool reject(std::string text) {
    problem = std::move(text);
    return false;
  }

  JsonLimits limits_;
  std::vector<std::set<std::string>> keys_;  ///< of the objects and lists that are open
};

}  // namespace

json parse_json(std::string_view text, const std::string& origin, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    fail(ErrorKind::input, "{}: has {} bytes, at most {} are accepted; use a smaller file", origin,
         text.size(), limits.bytes);
  require_no_zero(text, origin);  // there the parser would stop in silence
  Guard guard(limits);
  if (!json::sax_parse(text.begin(), text.end(), &guard))
    fail(ErrorKind::input, "{}: {}; {}", origin, guard.problem, damaged);
  return json::parse(text.begin(), text.end());
}

json read_json(const std::filesystem::path& path, std::string_view where,
               const JsonLimits& limits) {
  return parse_json(read_text(path, where, limits.bytes),
                    fmt::format("{} {}", where, path.string()), limits);
}

std::int64_t whole_number(const json& object, const std::string& key, std::int64_t least,
                          std::int64_t most, const std::string& origin) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end())
    fail(ErrorKind::input, "{}: '{}' is missing; {}", origin, key, damaged);
  const bool fits = found->is_number_integer() &&
                    (!found->is_number_unsigned() || found->get<std::uint64_t>() <= INT64_MAX) &&
                    found->get<std::int64_t>() >= least && found->get<std::int64_t>() <= most;
  if (!fits)
    fail(ErrorKind::input, "{}: '{}' is {}, not a whole number from {} to {}; {}", origin, key,
         excerpt(found->dump()), least, most, damaged);
  return found->get<std::int64_t>();
}

}  // namespace varve::io
