#include "framework/io/idx.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/gzip.h"

namespace varve {
namespace {

using io::ByteSource;

std::uint64_t big_endian(const std::array<std::byte, 4>& bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

/// Magic 0, 0, element type, number of dimensions; then every dimension; then the elements.
Array read_idx(ByteSource& source, std::array<std::byte, 4> word) {
  constexpr int u8_type = 0x08;
  const auto magic = big_endian(word);
  const auto rank = magic & 0xFF;
  const auto type = magic >> 8 & 0xFF;
  if (magic >> 16 != 0 || rank == 0)
    fail(
        ErrorKind::input,
        "{}: begins with {:08x}, an IDX file of bytes with 00000801 (labels) or 00000803 (images); "
        "name an IDX file",
        source.origin(), magic);
  if (type != u8_type)
    fail(ErrorKind::input,
         "{}: its element type is {:02x}, only 08 (unsigned byte) is read; save it as .npy instead",
         source.origin(), type);
  std::vector<std::uint64_t> extents;
  for (std::uint64_t i = 0; i < rank; ++i) {
    io::read_exactly(source, word, "its dimensions");
    extents.push_back(big_endian(word));
  }
  return io::read_array(source, DType::u8, extents);
}

/// The first four bytes tell what follows, numbers or a gzip stream of them.
Array read_idx(std::unique_ptr<ByteSource> source) {
  std::array<std::byte, 4> word{};
  io::read_exactly(*source, word, "its magic number");
  const std::string_view begun(reinterpret_cast<const char*>(word.data()), word.size());
  if (!io::is_gzip(begun)) return read_idx(*source, word);
  const auto inflated = io::gzip_source(std::move(source), begun);
  io::read_exactly(*inflated, word, "its magic number");
  return read_idx(*inflated, word);
}

std::string origin(std::string_view where) { return fmt::format("[idx] {}", where); }

}  // namespace

Array load_idx(const std::filesystem::path& path) {
  return read_idx(std::make_unique<io::FileSource>(path, origin(path.string())));
}

Array decode_idx(std::string_view bytes, std::string_view where) {
  return read_idx(std::make_unique<io::MemorySource>(bytes, origin(where)));
}

}  // namespace varve
