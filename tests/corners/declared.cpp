#include "tests/corners/declared.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace varve::corners {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Words and single signs; without comments, directives and what stands in quotes.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> out;
  std::size_t i = 0;
  const auto skip_to = [&](std::string_view end) { i = std::min(text.find(end, i), text.size()); };
  while (i < text.size()) {
    const char c = text[i];
    const auto rest = text.substr(i);
    if (rest.starts_with("//") || c == '#') {
      skip_to("\n");
    } else if (rest.starts_with("/*")) {
      skip_to("*/");
      i += 2;
    } else if (c == '"') {
      ++i;
      skip_to("\"");
      ++i;
      out.emplace_back("\"\"");
    } else if (is_word(c)) {
      std::size_t end = i;
      while (end < text.size() && is_word(text[end])) ++end;
      out.emplace_back(text.substr(i, end - i));
      i = end;
    } else {
      if (std::isspace(static_cast<unsigned char>(c)) == 0) out.emplace_back(1, c);
      ++i;
    }
  }
  return out;
}

/// Walks through declarations, namespace by namespace and class by class.
class Reader {
 public:
  explicit Reader(std::string_view text) : tokens_(tokens_of(text)) {}

  std::set<std::string> read() {
    scope("", true);
    return std::move(names_);
  }

 private:
  using Statement = std::vector<std::string>;

  /// Up to the brace that closes the scope; `in` is the class, or empty.
  void scope(const std::string& in, bool visible) {
    Statement statement;
    int parens = 0;
    for (; at_ < tokens_.size(); ++at_) {
      const std::string& token = tokens_[at_];
      if (token == "(") ++parens;
      if (token == ")") --parens;
      if (parens > 0 || (token != ";" && token != "{" && token != "}" && token != ":")) {
        statement.push_back(token);
        continue;
      }
      if (token == "}") return;
      if (token == ":" && !ends_access(statement)) {
        statement.push_back(token);
        continue;
      }
      if (token == ":") {
        visible = statement[0] == "public";
      } else if (token == "{") {
        open(statement, in, visible);
      } else if (visible) {
        declare(statement, in);
      }
      statement.clear();
    }
  }

  /// What a brace at the end of `statement` opens.
  void open(const Statement& statement, const std::string& in, bool visible) {
    const auto first = statement.empty() ? std::string() : statement[0];
    if (first == "namespace") {
      ++at_;
      scope("", true);
      return;
    }
    if (first == "class" || first == "struct") {
      ++at_;
      const auto name = in.empty() ? statement[1] : in + "::" + statement[1];
      scope(name, visible && first == "struct");
      return;
    }
    if (visible) declare(statement, in);
    skip_braces();
  }

  void skip_braces() {
    int depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      if (tokens_[at_] == "{") ++depth;
      if (tokens_[at_] == "}" && --depth == 0) return;
    }
  }

  static bool ends_access(const Statement& s) {
    return s.size() == 1 && (s[0] == "public" || s[0] == "protected" || s[0] == "private");
  }

  /// A function is a word in front of a parenthesis, or an operator.
  void declare(const Statement& s, const std::string& in) {
    const auto is = [&](std::size_t i, std::string_view token) {
      return i < s.size() && s[i] == token;
    };
    if (is(0, "using") || is(0, "friend") || is(s.size() - 1, "default") ||
        is(s.size() - 1, "delete"))
      return;
    for (std::size_t i = 0; i + 1 < s.size(); ++i) {
      if (s[i] == "~" || s[i] == "=") return;
      if (s[i] == "requires") i = past_parentheses(s, i + 1);
      if (i + 1 >= s.size()) return;
      if (s[i] == "operator") return add(in, operator_name(s, i));
      if (s[i + 1] == "(" && is_word(s[i][0])) return add(in, s[i]);
    }
  }

  static std::size_t past_parentheses(const Statement& s, std::size_t i) {
    int depth = 0;
    for (; i < s.size(); ++i) {
      if (s[i] == "(") ++depth;
      if (s[i] == ")" && --depth == 0) return i + 1;
    }
    return i;
  }

  static std::string operator_name(const Statement& s, std::size_t i) {
    std::string name = s[i++];
    do name += s[i++];
    while (i < s.size() && s[i] != "(");
    return name;
  }

  void add(const std::string& in, const std::string& name) {
    names_.insert(in.empty() ? name : in + "::" + name);
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  std::set<std::string> names_;
};

}  // namespace

std::set<std::string> declared_functions(std::string_view header) { return Reader(header).read(); }

std::string header_text(std::string_view path) {
  const auto full = std::string(VARVE_SOURCE_DIR "/") + std::string(path);
  std::ifstream file(full);
  if (!file) throw std::runtime_error("cannot read " + full);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> without_row(const std::set<std::string>& functions,
                                  std::span<const Row> rows) {
  auto missing = functions;
  for (const auto& row : rows) missing.erase(std::string(row.function));
  return missing;
}

std::set<std::string> without_function(const std::set<std::string>& functions,
                                       std::span<const Row> rows) {
  std::set<std::string> unknown;
  for (const auto& row : rows)
    if (!functions.contains(std::string(row.function))) unknown.emplace(row.function);
  return unknown;
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace varve::corners
