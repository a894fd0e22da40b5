#include "framework/io/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>
#include <vector>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/safetensors_header.h"
#include "framework/platform/platform.h"

/// The format: u64 length n, n bytes of JSON, then the tensors' bytes; all little-endian.
namespace varve {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied as they are stored");

using io::TensorEntry;

constexpr std::size_t prefix = 8;
constexpr std::size_t longest_header = 100'000'000;  // the reference implementation's limit

struct DTypeName {
  DType dtype;
  std::string_view name;
};
/// In the order in which the reference implementation lays tensors out: widest first.
constexpr std::array<DTypeName, 6> dtype_names{{{DType::i64, "I64"},
                                                {DType::f64, "F64"},
                                                {DType::f32, "F32"},
                                                {DType::i32, "I32"},
                                                {DType::u8, "U8"},
                                                {DType::boolean, "BOOL"}}};

struct StoredName {
  io::StoredType type;
  std::string_view name;
};
using Kind = io::StoredType::Kind;
/// What is read beyond those, widened.
constexpr std::array<StoredName, 7> stored_names{{{{Kind::floating, 2}, "F16"},
                                                  {{Kind::brain, 2}, "BF16"},
                                                  {{Kind::whole, 1}, "I8"},
                                                  {{Kind::whole, 2}, "I16"},
                                                  {{Kind::natural, 2}, "U16"},
                                                  {{Kind::natural, 4}, "U32"},
                                                  {{Kind::natural, 8}, "U64"}}};

std::size_t layout_rank(DType dtype) {
  return static_cast<std::size_t>(
      std::find_if(dtype_names.begin(), dtype_names.end(),
                   [&](const DTypeName& row) { return row.dtype == dtype; }) -
      dtype_names.begin());
}

/// Reads a source from its front to its end: the tensors lie in the order of their offsets.
class Decoder {
 public:
  explicit Decoder(io::ByteSource& source) : source_(source), origin_(source.origin()) {}

  TensorFile decode() {
    auto header = io::parse_safetensors_header(header_text(), origin_);
    check_layout(header.tensors);
    TensorFile file;
    file.metadata = std::move(header.metadata);
    for (auto& entry : header.tensors) {
      Array tensor = read(entry);
      if (!type_of(entry).as_is()) file.widened.emplace(entry.name, entry.dtype);
      file.tensors.emplace(std::move(entry.name), std::move(tensor));
    }
    return file;
  }

 private:
  std::string header_text() {
    const std::uint64_t size = source_.at_most();
    if (size < prefix)
      fail(ErrorKind::input, "{}: has {} bytes, the header's length alone takes {}; {}", origin_,
           size, prefix, io::damaged);
    std::uint64_t length = 0;
    io::read_exactly(source_, std::as_writable_bytes(std::span(&length, 1)), "its header's length");
    if (length > longest_header)
      fail(ErrorKind::input, "{}: claims a header of {} bytes, at most {} are accepted; {}",
           origin_, length, longest_header, io::damaged);
    if (length > size - prefix)
      fail(ErrorKind::input, "{}: claims a header of {} bytes, {} follow; {}", origin_, length,
           size - prefix, io::damaged);
    std::string text(static_cast<std::size_t>(length), '\0');
    io::read_exactly(source_, std::as_writable_bytes(std::span(text)), "its header");
    return text;
  }

  /// The tensors must cover all bytes behind the header, in order, without holes or overlap.
  void check_layout(std::vector<TensorEntry>& entries) const {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const TensorEntry& a, const TensorEntry& b) {
                       return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
                     });
    std::uint64_t end = 0;
    for (const auto& entry : entries) {
      if (entry.begin != end || entry.end < entry.begin)
        fail(ErrorKind::input, "{}: tensor {} lies at {} to {}, it must begin at {}; {}", origin_,
             io::excerpt(entry.name), entry.begin, entry.end, end, io::damaged);
      check_size(entry);
      end = entry.end;
    }
    if (end != source_.at_most())
      fail(ErrorKind::input, "{}: {} bytes follow the header, the tensors take {}; {}", origin_,
           source_.at_most(), end, io::damaged);
  }

  void check_size(const TensorEntry& entry) const {
    const auto needed = io::byte_count(type_of(entry), entry.shape);
    if (!needed || *needed != entry.end - entry.begin)
      fail(ErrorKind::input, "{}: tensor {} is {} {}, which takes {} bytes, but has {}; {}",
           origin_, io::excerpt(entry.name), entry.dtype, io::describe(entry.shape),
           needed ? std::to_string(*needed) : "over 2^63", entry.end - entry.begin, io::damaged);
  }

  io::StoredType type_of(const TensorEntry& entry) const {
    for (const auto& row : dtype_names)
      if (row.name == entry.dtype) return row.dtype;
    for (const auto& row : stored_names)
      if (row.name == entry.dtype) return row.type;
    fail(ErrorKind::input,
         "{}: tensor {} is of dtype {}, those read are F16, BF16, F32, F64, I8 to I64, U8 to U64 "
         "and BOOL; save it as F32",
         origin_, io::excerpt(entry.name), io::excerpt(entry.dtype));
  }

  /// The next tensor.
  Array read(const TensorEntry& entry) {
    const auto origin = fmt::format("{}: tensor {}", origin_, io::excerpt(entry.name));
    const Shape shape = io::to_shape(entry.shape, origin);
    return io::make_array(io::read_bytes(source_, entry.end - entry.begin, "its tensors"),
                          type_of(entry), shape, origin);
  }

  io::ByteSource& source_;
  const std::string& origin_;
};

std::string origin(std::string_view where) { return fmt::format("[safetensors] {}", where); }

using Item = std::pair<const std::string, Array>;

/// The tensors in the order of the file: widest elements first, so that all are aligned.
std::vector<const Item*> layout(const std::map<std::string, Array>& tensors) {
  std::vector<const Item*> items;
  for (const auto& item : tensors) {
    const auto& [name, tensor] = item;
    if (name == io::metadata_key)
      fail(ErrorKind::usage, "[safetensors] '{}' is reserved; rename the tensor", name);
    const auto needed = static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype);
    if (tensor.bytes.size() != needed)
      fail(ErrorKind::usage, "[safetensors] tensor {} of shape {} holds {} bytes, it needs {}",
           io::excerpt(name), tensor.shape.str(), tensor.bytes.size(), needed);
    items.push_back(&item);
  }
  std::stable_sort(items.begin(), items.end(), [](const Item* a, const Item* b) {
    return layout_rank(a->second.dtype) < layout_rank(b->second.dtype);
  });
  return items;
}

std::string encode_header(const std::vector<const Item*>& items,
                          const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[std::string(io::metadata_key)] = metadata;
  std::size_t offset = 0;
  for (const auto* item : items) {
    const auto& [name, tensor] = *item;
    auto& entry = header[name];
    entry["dtype"] = dtype_names[layout_rank(tensor.dtype)].name;
    entry["shape"] = std::vector<std::int64_t>(tensor.shape.begin(), tensor.shape.end());
    entry["data_offsets"] = {offset, offset + tensor.bytes.size()};
    offset += tensor.bytes.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::type_error&) {
    fail(ErrorKind::usage, "[safetensors] a tensor name or metadata text is not UTF-8; rename it");
  }
  text.append((8 - text.size() % 8) % 8, ' ');  // aligns the tensors
  return text;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  platform::write_file_atomically(path, encode_safetensors(file));
}

std::string encode_safetensors(const TensorFile& file) {
  const auto items = layout(file.tensors);
  const std::string header = encode_header(items, file.metadata);
  const std::uint64_t length = header.size();
  std::size_t total = prefix + header.size();
  for (const auto* item : items) total += item->second.bytes.size();
  std::string out;
  out.reserve(total);
  out.append(reinterpret_cast<const char*>(&length), prefix).append(header);
  for (const auto* item : items) {
    const auto& bytes = item->second.bytes;
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return out;
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  io::FileSource source(path, origin(path.string()));
  return Decoder(source).decode();
}

TensorFile decode_safetensors(std::string_view bytes, std::string_view where) {
  io::MemorySource source(bytes, origin(where));
  return Decoder(source).decode();
}

}  // namespace varve
