#include "framework/io/idx.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/content.h"
#include "framework/io/gzip.h"

namespace varve {
namespace {

using io::ByteSource;
using io::StoredType;
using Word = std::array<std::byte, 4>;

std::uint64_t big_endian(const Word& bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

std::optional<StoredType> type_of(std::uint64_t code) {
  using Kind = StoredType::Kind;
  switch (code) {
    case 0x08:
      return StoredType(DType::u8);
    case 0x09:
      return StoredType(Kind::whole, 1);
    case 0x0B:
      return StoredType(Kind::whole, 2, true);
    case 0x0C:
      return StoredType(Kind::whole, 4, true);
    case 0x0D:
      return StoredType(Kind::floating, 4, true);
    case 0x0E:
      return StoredType(Kind::floating, 8, true);
    default:
      return std::nullopt;
  }
}

struct Head {
  StoredType type{DType::u8};
  std::vector<std::uint64_t> extents;
  std::uint64_t bytes = 0;  ///< of the file up to the elements
};

/// Magic 0, 0, element type, number of dimensions; then every dimension.
Head read_head(ByteSource& source, Word word) {
  const auto magic = big_endian(word);
  const auto rank = magic & 0xFF;
  const auto type = type_of(magic >> 8 & 0xFF);
  if (magic >> 16 != 0 || rank == 0 || !type)
    fail(ErrorKind::input,
         "{}: {}; an IDX file begins with 0000, its type (08 to 0e) and its number of dimensions",
         source.origin(), io::what_else({reinterpret_cast<const char*>(word.data()), word.size()}));
  Head head{*type, {}, word.size() * (1 + rank)};
  for (std::uint64_t i = 0; i < rank; ++i) {
    io::read_exactly(source, word, "its dimensions");
    head.extents.push_back(big_endian(word));
  }
  return head;
}

/// A source behind its head; what the first bytes were decides whether gzip is in between.
struct Begun {
  std::unique_ptr<ByteSource> source;
  Head head;
};
Begun begin(std::unique_ptr<ByteSource> source) {
  Word word{};
  io::read_exactly(*source, word, "its magic number");
  const std::string_view begun(reinterpret_cast<const char*>(word.data()), word.size());
  if (io::is_gzip(begun)) {
    source = io::gzip_source(std::move(source), begun);
    io::read_exactly(*source, word, "its magic number");
  }
  Head head = read_head(*source, word);
  return {std::move(source), std::move(head)};
}

Array read_array(std::unique_ptr<ByteSource> source) {
  const auto [begun, head] = begin(std::move(source));
  return io::read_array(*begun, head.type, head.extents);
}

std::string origin(std::string_view where) { return fmt::format("[idx] {}", where); }

}  // namespace

Array load_idx(const std::filesystem::path& path) {
  return read_array(std::make_unique<io::FileSource>(path, origin(path.string())));
}

Array decode_idx(std::string_view bytes, std::string_view where) {
  return read_array(std::make_unique<io::MemorySource>(bytes, origin(where)));
}

io::StoredArrayPtr io::open_idx(const std::filesystem::path& path) {
  const auto [source, head] = begin(std::make_unique<FileSource>(path, origin(path.string())));
  const auto bytes = byte_count(head.type, head.extents);
  const Shape shape = to_shape(head.extents, source->origin());
  if (source->is_exact() && bytes && *bytes > small_array && *bytes == source->at_most())
    return array_on_disk(head.type, shape, path, head.bytes, source->origin());
  return array_in_memory(head.type, shape, read_stored(*source, head.type, head.extents),
                         source->origin());
}

}  // namespace varve
