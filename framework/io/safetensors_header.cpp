#include "framework/io/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/shape.h"
#include "framework/io/byte_source.h"
#include "framework/io/text.h"

namespace varve::io {
namespace {

constexpr std::size_t most_tensors = 1'000'000;

/// Takes the events of nlohmann's parser. A document tree would keep the last of two equal keys in
/// silence and take nesting of any depth; here both end the parse.
class HeaderHandler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;
  std::string problem;  ///< set when an event returned false

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::document:
        place_ = Place::root;
        return true;
      case Place::metadata_value:
        place_ = Place::metadata;
        return true;
      case Place::tensor_value:
        place_ = Place::tensor;
        seen_ = {};
        return true;
      default:
        return unexpected("an object");
    }
  }

  bool key(string_t& name) override {
    if (place_ == Place::root) return root_key(name);
    if (place_ == Place::tensor) return field_key(name);
    metadata_name_ = name;
    if (!header.metadata.emplace(name, "").second) return twice(name);
    place_ = Place::metadata_text;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor && !(seen_.dtype && seen_.shape && seen_.offsets))
      return reject(at_tensor() + " lacks dtype, shape or data_offsets");
    place_ = place_ == Place::root ? Place::document_end : Place::root;
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata_text) {
      header.metadata[metadata_name_] = text;
      place_ = Place::metadata;
      return true;
    }
    if (place_ != Place::dtype) return unexpected("a string");
    current().dtype = text;
    place_ = Place::tensor;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::shape_value)
      place_ = Place::shape;
    else if (place_ == Place::offsets_value)
      place_ = Place::offsets;
    else
      return unexpected("an array");
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      if (current().shape.size() == Shape::max_rank)
        return reject(at_tensor() + " has more than " + std::to_string(Shape::max_rank) +
                      " dimensions");
      current().shape.push_back(value);
      return true;
    }
    if (place_ != Place::offsets) return unexpected("a number");
    if (offset_count_ == 2) return reject(at_tensor() + " has more than two data_offsets");
    (offset_count_++ == 0 ? current().begin : current().end) = value;
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offset_count_ != 2)
      return reject(at_tensor() + " needs two data_offsets");
    place_ = Place::tensor;
    return true;
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a bool"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number that is not whole or too large");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return reject("it is not valid JSON in UTF-8 at byte " + std::to_string(position));
  }

 private:
  /// Where the parser stands; a ..._value place expects the value that its key announced.
  enum class Place {
    document,
    root,
    metadata_value,
    metadata,
    metadata_text,
    tensor_value,
    tensor,
    dtype,
    shape_value,
    shape,
    offsets_value,
    offsets,
    document_end,
  };
  struct Seen {
    bool dtype = false;
    bool shape = false;
    bool offsets = false;
  };

  bool root_key(const std::string& name) {
    if (!names_.insert(name).second) return twice(name);
    place_ = name == metadata_key ? Place::metadata_value : Place::tensor_value;
    if (place_ == Place::metadata_value) return true;
    if (header.tensors.size() == most_tensors)
      return reject("it lists more than " + std::to_string(most_tensors) + " tensors");
    header.tensors.push_back({.name = name, .dtype = {}, .shape = {}});
    return true;
  }

  bool field_key(const std::string& name) {
    const bool known = name == "dtype" || name == "shape" || name == "data_offsets";
    if (!known) return reject(at_tensor() + " has the unknown key " + excerpt(name));
    bool& seen = name == "dtype" ? seen_.dtype : name == "shape" ? seen_.shape : seen_.offsets;
    if (std::exchange(seen, true)) return twice(name);
    place_ = name == "dtype"   ? Place::dtype
             : name == "shape" ? Place::shape_value
                               : Place::offsets_value;
    offset_count_ = 0;
    return true;
  }

  TensorEntry& current() { return header.tensors.back(); }

  std::string at_tensor() { return "tensor " + excerpt(current().name); }
  bool twice(const std::string& name) {
    return reject("the key " + excerpt(name) + " occurs twice");
  }
  bool unexpected(const std::string& what) {
    const bool in_tensor = place_ >= Place::tensor_value && place_ <= Place::offsets;
    return reject((in_tensor ? at_tensor() + " has " : "it has ") + what + " in the wrong place");
  }
  bool reject(std::string text) {
    problem = std::move(text);
    return false;
  }

  Place place_ = Place::document;
  Seen seen_;
  int offset_count_ = 0;
  std::string metadata_name_;
  std::set<std::string> names_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, const std::string& origin) {
  // The parser would skip a byte order mark and stop in silence at a zero byte.
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{')
    fail(ErrorKind::input, "{}: its header does not begin with {{; {}", origin, damaged);
  require_no_zero(text, origin + ": its header");
  HeaderHandler handler;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler))
    fail(ErrorKind::input, "{}: in its header, {}; {}", origin, handler.problem, damaged);
  return std::move(handler.header);
}

}  // namespace varve::io
