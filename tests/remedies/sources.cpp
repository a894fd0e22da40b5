#include "tests/remedies/sources.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace varve::remedies {
namespace {

constexpr std::array verbs{
    "add",     "begin",     "bring",   "build",     "call",     "cast",   "change",  "check",
    "choose",  "clone",     "close",   "configure", "convert",  "copy",   "correct", "count",
    "draw",    "end",       "fetch",   "fix",       "fork",     "free",   "give",    "go",
    "grant",   "hold",      "install", "keep",      "leave",    "load",   "look",    "lower",
    "make",    "map",       "mark",    "move",      "multiply", "name",   "open",    "pad",
    "put",     "raise",     "read",    "rebuild",   "reduce",   "remove", "rename",  "repair",
    "reshape", "resize",    "restart", "restore",   "resume",   "return", "run",     "save",
    "say",     "scale",     "see",     "set",       "shrink",   "start",  "store",   "take",
    "train",   "transpose", "try",     "update",    "use",      "wait",   "write"};

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Whether a clause of the text begins with what to do.
bool names_remedy(std::string_view text) {
  for (const std::string_view telling : {"'varve ", "did you mean"})
    if (text.find(telling) != std::string_view::npos) return true;
  if (text.find(' ') == std::string_view::npos) return false;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    std::string_view clause = text.substr(at);
    for (const std::string_view opening : {" ", "or ", "and ", "then "})
      if (clause.starts_with(opening)) clause.remove_prefix(opening.size());
    const auto word = clause.substr(
        0, static_cast<std::size_t>(std::find_if_not(clause.begin(), clause.end(), is_letter) -
                                    clause.begin()));
    if (at > 0 && clause.starts_with("--")) return true;
    const bool is_call = clause.substr(word.size()).starts_with("(");
    if (!is_call && std::find(verbs.begin(), verbs.end(), word) != verbs.end()) return true;
    at = text.find_first_of(";:,(", at);
    if (at != std::string_view::npos) ++at;
  }
  return false;
}

/// Reads literals of C++ as this project writes it, from front to back.
class Literals {
 public:
  explicit Literals(std::string_view text) : text_(text) {}

  /// The next one, with its neighbours.
  std::optional<std::string> next() {
    std::optional<std::string> found;
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        skip_to("\n");
      } else if (rest.starts_with("R\"(")) {
        skip_to(")\"");
        at_ += 2;
      } else if (rest[0] == '"') {
        if (!found) found.emplace();
        *found += quoted('"');
      } else if (std::isspace(static_cast<unsigned char>(rest[0])) != 0) {
        ++at_;
      } else if (found) {
        return found;
      } else if (rest[0] == '\'' && !is_digit_mark()) {
        quoted('\'');
      } else {
        if (rest.starts_with("options.add(")) declares_option_ = true;
        if (rest[0] == ';') declares_option_ = false;
        ++at_;
      }
    }
    return found;
  }

  /// Whether what was read last declares an option: its help text.
  bool is_help() const { return declares_option_; }

 private:
  void skip_to(std::string_view end) { at_ = std::min(text_.find(end, at_), text_.size()); }
  bool is_digit_mark() const {
    return at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }

  std::string quoted(char mark) {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != mark; ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
        out += text_[at_] == 'n' ? '\n' : text_[at_];
      } else {
        out += text_[at_];
      }
    }
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool declares_option_ = false;
};

}  // namespace

Messages messages_in(std::string_view text) {
  Messages found;
  Literals literals(text);
  while (const auto literal = literals.next()) {
    if (!literals.is_help() && names_remedy(*literal)) found.remedies.insert(*literal);
    found.all.insert(*literal);
  }
  return found;
}

Messages messages_in_sources() {
  namespace fs = std::filesystem;
  Messages found;
  for (const char* folder : {"apps", "backends", "framework", "models"})
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(VARVE_SOURCE_DIR) / folder)) {
      const auto kind = entry.path().extension();
      if (kind != ".cpp" && kind != ".h") continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      Messages more = messages_in(text);
      found.all.merge(more.all);
      found.remedies.merge(more.remedies);
    }
  return found;
}

}  // namespace varve::remedies
