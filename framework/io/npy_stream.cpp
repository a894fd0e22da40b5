#include "framework/io/npy_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/content.h"

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

/// Column-major elements of `size` bytes in row-major order.
std::vector<std::byte> to_row_major(const std::vector<std::byte>& columns, const Shape& shape,
                                    std::size_t size) {
  std::vector<std::byte> rows(columns.size());
  const std::size_t count = rows.size() / size;
  Dims strides = Dims::filled(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    strides[axis] = strides[axis - 1] * shape[axis - 1];
  Dims index = Dims::filled(shape.size(), 0);
  std::int64_t from = 0;
  for (std::size_t to = 0; to < count; ++to) {
    std::memcpy(&rows[to * size], &columns[static_cast<std::size_t>(from) * size], size);
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

/// "<U5" is text of 5 characters of 32 bits, "|S3" of 3 bytes; nothing for what is no text.
struct TextType {
  std::size_t characters = 0;
  std::size_t width = 1;  ///< bytes a character
  bool big_endian = false;
};
std::optional<TextType> to_text(std::string_view descr) {
  const auto kind = descr.size() < 3 ? ' ' : descr[1];
  if (kind != 'U' && kind != 'S') return std::nullopt;
  TextType type{.width = kind == 'U' ? 4U : 1U, .big_endian = descr[0] == '>'};
  const char* end = descr.data() + descr.size();
  const auto result = std::from_chars(descr.data() + 2, end, type.characters);
  constexpr std::size_t longest = 4096;
  if (result.ec != std::errc{} || result.ptr != end || type.characters > longest)
    return std::nullopt;
  return type;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::array<std::uint32_t, 4> lead{0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(lead[static_cast<std::size_t>(more)] | code >> 6 * more);
  for (int i = more; i-- > 0;) out += static_cast<char>(0x80 | (code >> 6 * i & 0x3F));
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
    fail(ErrorKind::input, "{}: {}; name an .npy file", source.origin(),
         what_else({reinterpret_cast<const char*>(magic.data()), magic.size()}));
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
  NpyHeader header = HeaderParser(text, source.origin()).parse();
  header.bytes = magic.size() + (version == 1 ? 2 : 4) + length;
  return header;
}

StoredType stored_type(const NpyHeader& header, const std::string& origin) {
  const auto type = to_stored(header.descr);
  if (!type)
    fail(
        ErrorKind::input,
        "{}: its elements are {}, those read are bool, integers of 1 to 8 bytes and floats of 2 to "
        "8; save it with .astype('<f4')",
        origin, header.descr == "[" ? "records" : excerpt(header.descr));
  return *type;
}

Array read_npy_elements(ByteSource& source, const NpyHeader& header) {
  Array array = read_array(source, stored_type(header, source.origin()), header.shape);
  if (header.fortran_order)
    array.bytes = to_row_major(array.bytes, array.shape, size_of(array.dtype));
  return array;
}

StoredArrayPtr store_npy_elements(ByteSource& source, const NpyHeader& header) {
  const StoredType type = stored_type(header, source.origin());
  std::vector<std::byte> stored = read_stored(source, type, header.shape);
  const Shape shape = to_shape(header.shape, source.origin());
  if (header.fortran_order) stored = to_row_major(stored, shape, type.size);
  return array_in_memory(type, shape, std::move(stored), source.origin());
}

bool is_text(const NpyHeader& header) { return to_text(header.descr).has_value(); }

std::vector<std::string> read_npy_texts(ByteSource& source, const NpyHeader& header) {
  const auto type = to_text(header.descr);
  if (!type || header.shape.size() > 2 || (header.shape.size() == 2 && header.shape[1] != 1))
    fail(ErrorKind::input, "{}: is no list of texts; save it as text of one dimension",
         source.origin());
  const std::size_t each = type->characters * type->width;
  const std::uint64_t count = header.shape.empty() ? 1 : header.shape[0];
  if (each == 0 || count > source.at_most() / each)
    fail(ErrorKind::input, "{}: {} texts of {} bytes do not fit into the {} that follow; {}",
         source.origin(), count, each, source.at_most(), damaged);
  const auto bytes = read_bytes(source, count * each, "its texts");
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < bytes.size(); at += each) {
    std::string& text = texts.emplace_back();
    for (std::size_t i = at; i < at + each; i += type->width) {
      std::uint32_t code = 0;
      for (std::size_t b = 0; b < type->width; ++b)
        code |= std::to_integer<std::uint32_t>(bytes[i + b])
                << 8 * (type->big_endian ? type->width - 1 - b : b);
      if (code == 0) break;
      if (code > 0x10FFFF)
        fail(ErrorKind::input, "{}: has a character beyond Unicode; {}", source.origin(), damaged);
      type->width == 1 ? void(text += static_cast<char>(code)) : append_utf8(text, code);
    }
  }
  return texts;
}

Array read_npy(ByteSource& source) {
  const auto header = read_npy_header(source);
  return read_npy_elements(source, header);
}

}  // namespace varve::io
