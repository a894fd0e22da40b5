#include "framework/io/npy_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "framework/core/error.h"

namespace varve::io {
namespace {

constexpr std::size_t longest_header = 1 << 16;

/// Reads the header's text: a Python dict of exactly the keys descr, fortran_order and shape.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& origin) : rest_(text), origin_(origin) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::string key = parse_string();
      expect(':');
      parse_value(key);
      if (header_.descr == "[") return header_;
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) fail_at("the end");
    if (!has_descr_ || !has_order_ || !has_shape_) fail_at("descr, fortran_order and shape");
    return header_;
  }

 private:
  void parse_value(std::string_view key) {
    bool& seen = key == "descr"           ? has_descr_
                 : key == "fortran_order" ? has_order_
                 : key == "shape"         ? has_shape_
                                          : unknown_key_;
    if (&seen == &unknown_key_ || seen) fail_at("descr, fortran_order and shape, once each");
    seen = true;
    if (key == "descr")
      header_.descr = accept('[') ? "[" : parse_string();
    else if (key == "fortran_order")
      header_.fortran_order = parse_bool();
    else
      parse_shape();
  }

  std::string parse_string() {
    skip_space();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote != '\'' && quote != '"') fail_at("a string");
    const auto close = rest_.find(quote, 1);
    if (close == std::string_view::npos) fail_at("a closing quote");
    std::string out(rest_.substr(1, close - 1));
    rest_.remove_prefix(close + 1);
    return out;
  }

  bool parse_bool() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    fail_at("True or False");
  }

  void parse_shape() {
    expect('(');
    while (!accept(')')) {
      header_.shape.push_back(parse_extent());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::uint64_t parse_extent() {
    skip_space();
    std::uint64_t value = 0;
    const auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (result.ec != std::errc{}) fail_at("a dimension");
    rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // a long of Python 2
    return value;
  }

  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
  }

  bool accept(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail_at(std::string_view(&wanted, 1));
  }

  [[noreturn]] void fail_at(std::string_view wanted) const {
    fail(ErrorKind::input, "{}: header has {} where {} must be; {}", origin_,
         rest_.empty() ? "nothing" : excerpt(rest_.substr(0, 20)), wanted, damaged);
  }

  std::string_view rest_;
  const std::string& origin_;
  NpyHeader header_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
  bool unknown_key_ = false;
};

/// "<f4" is byte order, kind and size; nothing for what is not read.
std::optional<StoredType> to_stored(std::string_view descr) {
  using Kind = StoredType::Kind;
  if (descr.size() != 3) return std::nullopt;
  const char order = descr[0];
  const auto size = static_cast<std::uint8_t>(descr[2] - '0');
  const bool big = order == '>';
  const bool ordered = order == '<' || big || (order == '|' && size == 1);
  const bool is_size = size == 1 || size == 2 || size == 4 || size == 8;
  if (!ordered || !is_size) return std::nullopt;
  switch (descr[1]) {
    case 'b':
      return size == 1 ? std::optional(StoredType(DType::boolean)) : std::nullopt;
    case 'i':
      return StoredType(Kind::whole, size, big);
    case 'u':
      return StoredType(Kind::natural, size, big);
    case 'f':
      return size > 1 ? std::optional(StoredType(Kind::floating, size, big)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Column-major elements in row-major order.
Array to_row_major(const Array& columns) {
  Array rows{columns.dtype, columns.shape, std::vector<std::byte>(columns.bytes.size())};
  const std::size_t size = size_of(rows.dtype);
  const std::size_t count = rows.bytes.size() / size;
  const Shape& shape = rows.shape;
  Dims strides = Dims::filled(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    strides[axis] = strides[axis - 1] * shape[axis - 1];
  Dims index = Dims::filled(shape.size(), 0);
  std::int64_t from = 0;
  for (std::size_t to = 0; to < count; ++to) {
    std::memcpy(&rows.bytes[to * size], &columns.bytes[static_cast<std::size_t>(from) * size],
                size);
    // Counts up like an odometer, the last axis fastest.
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return rows;
}

}  // namespace

bool NpyHeader::is_numeric() const {
  const std::size_t kind = descr.find_first_not_of("<>|=");
  return kind != std::string::npos && std::string_view("biufc").find(descr[kind]) < 5;
}

NpyHeader read_npy_header(ByteSource& source) {
  std::array<std::byte, 8> magic{};
  read_exactly(source, magic, "its magic number");
  if (std::memcmp(magic.data(), "\x93NUMPY", 6) != 0)
    fail(ErrorKind::input, "{}: does not begin as an .npy file does; name an .npy file",
         source.origin());
  const int version = std::to_integer<int>(magic[6]);
  if (version < 1 || version > 3)
    fail(ErrorKind::input, "{}: is of format {}, 1 to 3 are read; save it with numpy.save",
         source.origin(), version);
  std::array<std::byte, 4> length_bytes{};
  read_exactly(source, std::span(length_bytes).first(version == 1 ? 2 : 4), "its header's length");
  std::uint32_t length = 0;
  std::memcpy(&length, length_bytes.data(), 4);
  if (length > longest_header || length > source.at_most())
    fail(ErrorKind::input, "{}: claims a header of {} bytes, {} are accepted and {} follow; {}",
         source.origin(), length, longest_header, source.at_most(), damaged);
  std::string text(length, '\0');
  read_exactly(source, std::as_writable_bytes(std::span(text)), "its header");
  return HeaderParser(text, source.origin()).parse();
}

Array read_npy_elements(ByteSource& source, const NpyHeader& header) {
  const auto type = to_stored(header.descr);
  if (!type)
    fail(
        ErrorKind::input,
        "{}: its elements are {}, those read are bool, integers of 1 to 8 bytes and floats of 2 to "
        "8; save it with .astype('<f4')",
        source.origin(), header.descr == "[" ? "records" : excerpt(header.descr));
  Array array = read_array(source, *type, header.shape);
  return header.fortran_order ? to_row_major(array) : array;
}

Array read_npy(ByteSource& source) {
  const auto header = read_npy_header(source);
  return read_npy_elements(source, header);
}

}  // namespace varve::io
