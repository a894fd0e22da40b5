#include "framework/io/npy.h"

#include <memory>
#include <span>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/gzip.h"
#include "framework/io/named_arrays.h"
#include "framework/io/npy_stream.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "<f4";
    case DType::f64:
      return "<f8";
    case DType::i32:
      return "<i4";
    case DType::i64:
      return "<i8";
    case DType::u8:
      return "|u1";
    case DType::boolean:
      return "|b1";
  }
  return {};
}

/// A shape as a Python tuple: "()", "(3,)", "(2, 3)".
std::string tuple(const Shape& shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0]) : shape.str();
}

}  // namespace

namespace {

/// The file, or what gzip has made of it.
std::unique_ptr<io::ByteSource> open_bytes(const std::filesystem::path& path) {
  const auto origin = fmt::format("[npy] {}", path.string());
  auto source = std::make_unique<io::FileSource>(path, origin);
  std::string begin(2, '\0');
  begin.resize(source->read(std::as_writable_bytes(std::span(begin))));
  if (io::is_gzip(begin)) return io::gzip_source(std::move(source), begin);
  return std::make_unique<io::FileSource>(path, origin);
}

}  // namespace

Array load_npy(const std::filesystem::path& path) { return io::read_npy(*open_bytes(path)); }

io::StoredArrayPtr io::open_npy(const std::filesystem::path& path) {
  const auto source = open_bytes(path);
  const auto header = read_npy_header(*source);
  const auto type = stored_type(header, source->origin());
  const auto bytes = byte_count(type, header.shape);
  const bool on_disk = source->is_exact() && !header.fortran_order && bytes &&
                       *bytes > small_array && *bytes == source->at_most();
  if (!on_disk) return store_npy_elements(*source, header);
  return array_on_disk(type, to_shape(header.shape, source->origin()), path, header.bytes,
                       source->origin());
}

Array decode_npy(std::string_view bytes, std::string_view where) {
  io::MemorySource source(bytes, fmt::format("[npy] {}", where));
  return io::read_npy(source);
}

void save_npy(const std::filesystem::path& path, const Array& array) {
  platform::write_file_atomically(path, encode_npy(array));
}

std::string encode_npy(const Array& array) {
  array.require_whole("npy");
  constexpr std::size_t prefix = 10;     // magic, version 1.0, length
  constexpr std::size_t alignment = 64;  // of the first element, as NumPy's
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                   descr_of(array.dtype), tuple(array.shape));
  const std::size_t padding = alignment - 1 - (prefix + header.size()) % alignment;
  header.append(padding, ' ').append(1, '\n');
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  return out.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
}

}  // namespace varve
