#include "framework/io/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/gzip.h"
#include "framework/io/text.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

constexpr std::uint64_t largest_file = 1ULL << 34;
constexpr std::size_t most_columns = 1 << 20;

/// A cell of a row. A quoted one is text, whatever it looks like.
struct Cell {
  std::string_view text;
  bool is_quoted = false;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Where the next row ends: the line's end that stands in no quotes, which begin with a cell.
std::size_t find_row_end(std::string_view text, char separator) {
  bool quoted = false, begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' && !quoted) return i;
    if (c == '"' && (quoted || begins)) quoted = !quoted;
    // Behind a quote that closes, another one opens again: "" is one quote.
    begins = (c == separator || c == '"' || (begins && (c == ' ' || c == '\t')));
  }
  return text.size();
}

/// The separator of a table by its first row: the first of tab, semicolon and bar that stands in it
/// outside of quotes, else the comma.
char find_separator(std::string_view text) {
  for (const char candidate : {'\t', ';', '|'}) {
    const auto row = text.substr(0, find_row_end(text, candidate));
    const bool blank = candidate == '\t' && (row.find(",\t") != std::string_view::npos ||
                                             row.find("\t,") != std::string_view::npos);
    if (blank) continue;  // beside commas
    bool quoted = false;
    for (const char c : row) {
      if (c == '"') quoted = !quoted;
      if (c == candidate && !quoted) return candidate;
    }
  }
  return ',';
}

/// Takes the next row off `text`, without its end (LF or CRLF).
std::string_view take_row(std::string_view& text, char separator) {
  const auto end = find_row_end(text, separator);
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Takes the next cell off a row; nothing if a quote is not closed or text follows it.
std::optional<Cell> take_cell(std::string_view& row, char separator) {
  const auto start = std::min(row.find_first_not_of(separator == '\t' ? " " : " \t"), row.size());
  if (row.substr(start).starts_with('"')) {
    std::size_t close = start + 1;
    while ((close = row.find('"', close)) < row.size() && row.substr(close + 1).starts_with('"'))
      close += 2;
    if (close >= row.size()) return std::nullopt;
    const Cell cell{row.substr(start + 1, close - start - 1), true};
    const auto comma = std::min(row.find(separator, close), row.size());
    if (!trimmed(row.substr(close + 1, comma - close - 1)).empty()) return std::nullopt;
    row.remove_prefix(comma);
    return cell;
  }
  const auto comma = std::min(row.find(separator), row.size());
  const Cell cell{trimmed(row.substr(0, comma)), false};
  row.remove_prefix(comma);
  return cell;
}

/// "" inside quotes stands for ".
std::string unquoted(const Cell& cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.text.size(); ++i) {
    out += cell.text[i];
    if (cell.is_quoted && cell.text[i] == '"') ++i;
  }
  return out;
}

/// The number in a cell (maybe NaN or infinite), or nothing.
std::optional<float> parse_number(const Cell& cell, char separator) {
  std::string_view text = cell.text;
  if (cell.is_quoted || text.empty()) return std::nullopt;
  std::string pointed;  // 1,5 where commas separate nothing
  if (const auto comma = text.find(','); separator != ',' && comma != std::string_view::npos) {
    if (text.find_first_of(",.", comma + 1) != std::string_view::npos) return std::nullopt;
    pointed = text;
    pointed[comma] = '.';
    text = pointed;
  }
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* end = text.data() + text.size();
  float value = 0;
  auto result = std::from_chars(text.data(), end, value);
  if (result.ec == std::errc::result_out_of_range) {
    // Too small or too large for a float: as a double it rounds to zero or to infinity.
    double wide = 0;
    result = std::from_chars(text.data(), end, wide);
    value = static_cast<float>(wide);
  }
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view where) : where_(where) {}

  Table read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, as Excel's
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    if (text.empty())
      fail(ErrorKind::input, "[csv] {}: is empty; write rows of comma-separated numbers", where_);
    separator_ = find_separator(text);
    for (bool first = true; !text.empty(); first = false) {
      ++line_;
      const std::string_view row = take_row(text, separator_);
      split(row);
      first ? read_first_row(!text.empty()) : read_row();
      line_ += static_cast<std::size_t>(std::count(row.begin(), row.end(), '\n'));
    }
    const auto rows = static_cast<std::int64_t>(values_.size() / columns_);
    table_.values = Array::of<float>({rows, static_cast<std::int64_t>(columns_)}, values_);
    return std::move(table_);
  }

 private:
  void split(std::string_view row) {
    cells_.clear();
    while (true) {
      const auto cell = take_cell(row, separator_);
      if (!cell)
        fail(ErrorKind::input, "[csv] {}: line {}, column {}: a quote is not closed; close it",
             where_, line_, cells_.size() + 1);
      if (cells_.size() == most_columns)
        fail(ErrorKind::input, "[csv] {}: line {}: has more than {} cells; write one row a line",
             where_, line_, most_columns);
      cells_.push_back(*cell);
      if (row.empty()) return;
      row.remove_prefix(1);
    }
  }

  /// It is a header if no cell of it is a number, or if they count from 0 on, three or more, as
  /// pandas names columns that have no names.
  void read_first_row(bool has_more) {
    columns_ = cells_.size();
    const bool is_text = std::none_of(cells_.begin(), cells_.end(), [this](const Cell& cell) {
      return parse_number(cell, separator_).has_value();
    });
    bool counts = has_more && cells_.size() >= 3;
    for (std::size_t i = 0; counts && i < cells_.size(); ++i)
      counts = cells_[i].text == std::to_string(i);
    if (!is_text && !counts) return read_row();
    for (const auto& cell : cells_) table_.header.push_back(unquoted(cell));
  }

  void read_row() {
    if (cells_.size() != columns_)
      fail(ErrorKind::input, "[csv] {}: line {}: has {} cells, the first row has {}; fix the row",
           where_, line_, cells_.size(), columns_);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const auto value = parse_number(cells_[i], separator_);
      if (!value || !std::isfinite(*value))
        fail(ErrorKind::input,
             "[csv] {}: line {}, column {}: {} is not a finite number; write numbers separated by "
             "commas, names only in the first line and in quotes",
             where_, line_, i + 1, io::excerpt(cells_[i].text));
      values_.push_back(*value);
    }
  }

  std::string_view where_;
  char separator_ = ',';
  std::size_t line_ = 0;
  std::size_t columns_ = 0;
  std::vector<Cell> cells_;
  std::vector<float> values_;
  Table table_;
};

/// Names are always quoted, so that a name like 7 is no number when read back.
std::string quoted_name(const std::string& name, const std::filesystem::path& path) {
  if (name.find_first_of("\r\n") != std::string::npos)
    fail(ErrorKind::usage, "[csv] {}: column name {} has a line break; rename it", path.string(),
         io::excerpt(name));
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace

Table load_csv(const std::filesystem::path& path) {
  std::string head(2, '\0');
  platform::InputFile file(path);
  if (file.read(std::as_writable_bytes(std::span(head))) == 2 && io::is_gzip(head)) {
    const std::string text = gunzip(platform::read_file(path), path.string(), largest_file);
    io::require_no_zero(text, fmt::format("[csv] {}", path.string()));
    return decode_csv(text, path.string());
  }
  return decode_csv(io::read_text(path, "[csv]", largest_file), path.string());
}

Table decode_csv(std::string_view text, std::string_view where) {
  return CsvReader(where).read(text);
}

void save_csv(const std::filesystem::path& path, const Table& table) {
  const auto& shape = table.values.shape;
  const auto columns = shape.size() == 2 ? static_cast<std::size_t>(shape[1]) : 0;
  if (columns == 0 || (!table.header.empty() && table.header.size() != columns))
    fail(ErrorKind::usage,
         "[csv] {}: a table is f32 [rows, columns] with as many names as columns or none, this one "
         "is {} with {} names; reshape it",
         path.string(), shape.str(), table.header.size());
  std::string out;
  for (std::size_t i = 0; i < table.header.size(); ++i)
    out += quoted_name(table.header[i], path) + (i + 1 < columns ? "," : "\n");
  const auto values = table.values.as<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      fail(ErrorKind::non_finite, "[csv] {}: row {}, column {} is {}; write finite numbers only",
           path.string(), i / columns + 1, i % columns + 1, values[i]);
    fmt::format_to(std::back_inserter(out), "{}{}", values[i],
                   i % columns + 1 < columns ? ',' : '\n');
  }
  platform::write_file_atomically(path, out);
}

}  // namespace varve
