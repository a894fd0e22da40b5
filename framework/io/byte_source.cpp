#include "framework/io/byte_source.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "framework/core/error.h"

namespace varve::io {
namespace {

/// No C++ bool may hold a byte other than 0 and 1.
void require_booleans(const Array& array, std::string_view origin) {
  if (array.dtype != DType::boolean) return;
  const auto wrong = std::find_if(array.bytes.begin(), array.bytes.end(),
                                  [](std::byte value) { return value > std::byte{1}; });
  if (wrong != array.bytes.end())
    fail(ErrorKind::input, "{}: element {} is the byte {}, a bool is 0 or 1; {}", origin,
         wrong - array.bytes.begin(), std::to_integer<int>(*wrong), damaged);
}

}  // namespace

std::size_t MemorySource::read(std::span<std::byte> out) {
  const std::size_t count = std::min(out.size(), rest_.size());
  if (count > 0) std::memcpy(out.data(), rest_.data(), count);
  rest_.remove_prefix(count);
  return count;
}

std::size_t FileSource::read(std::span<std::byte> out) {
  const std::size_t count = file_.read(out);
  left_ -= std::min<std::uint64_t>(left_, count);
  return count;
}

void read_exactly(ByteSource& source, std::span<std::byte> out, std::string_view what) {
  const std::size_t count = source.read(out);
  if (count < out.size())
    fail(ErrorKind::input, "{}: ends after {} of the {} bytes of {}; {}", source.origin(), count,
         out.size(), what, damaged);
}

std::vector<std::byte> read_bytes(ByteSource& source, std::uint64_t size, std::string_view what) {
  constexpr std::uint64_t first_grant = 1 << 20;
  std::vector<std::byte> bytes;
  for (std::uint64_t filled = 0; filled < size;) {
    const std::uint64_t grant =
        source.is_exact() ? source.at_most() : std::max(first_grant, filled);
    const std::uint64_t step = std::min(size - filled, std::max<std::uint64_t>(grant, 1));
    try {
      bytes.resize(static_cast<std::size_t>(filled + step));
    } catch (const std::bad_alloc&) {
      fail(ErrorKind::memory, "{}: the {} MiB of {} do not fit in memory; use a smaller file",
           source.origin(), size >> 20, what);
    }
    const std::size_t count = source.read(std::span(bytes).subspan(filled));
    filled += count;
    if (count < step)
      fail(ErrorKind::input, "{}: ends after {} of the {} bytes of {}; {}", source.origin(), filled,
           size, what, damaged);
  }
  return bytes;
}

std::vector<std::byte> read_stored(ByteSource& source, StoredType type,
                                   std::span<const std::uint64_t> extents) {
  to_shape(extents, source.origin());
  const auto size = byte_count(type, extents);
  if (!size || *size > source.at_most())
    fail(ErrorKind::input, "{}: shape {} of {} needs {} bytes, at most {} follow; {}",
         source.origin(), describe(extents), type.name(),
         size ? std::to_string(*size) : "over 2^63", source.at_most(), damaged);
  std::vector<std::byte> stored = read_bytes(source, *size, "its elements");
  std::byte beyond{};
  if (source.read({&beyond, 1}) != 0)
    fail(ErrorKind::input, "{}: more bytes follow the {} of shape {}; {}", source.origin(), *size,
         describe(extents), damaged);
  return stored;
}

Array read_array(ByteSource& source, StoredType type, std::span<const std::uint64_t> extents) {
  const Shape shape = to_shape(extents, source.origin());
  return make_array(read_stored(source, type, extents), type, shape, source.origin());
}

Array make_array(std::vector<std::byte> stored, StoredType type, const Shape& shape,
                 std::string_view origin) {
  Array array{type.dtype(), shape, {}};
  byte_size(shape, array.dtype);  // widened, it may be more than can be counted
  try {
    array.bytes = type.as_is() ? std::move(stored) : widened(std::move(stored), type, origin);
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::memory, "{}: {} elements, widened to {}, do not fit in memory", origin,
         shape.numel(), name(array.dtype));
  }
  require_booleans(array, origin);
  return array;
}

std::optional<std::uint64_t> byte_count(StoredType type, std::span<const std::uint64_t> extents) {
  constexpr std::uint64_t limit = std::numeric_limits<std::int64_t>::max();
  std::uint64_t total = type.size;
  bool empty = false;
  for (const auto extent : extents) {
    // Empty extents are left out of the product: the others must be sound all the same.
    empty = empty || extent == 0;
    if (extent == 0) continue;
    if (total > limit / extent) return std::nullopt;
    total *= extent;
  }
  return empty ? 0 : total;
}

Shape to_shape(std::span<const std::uint64_t> extents, std::string_view origin) {
  if (extents.size() > Shape::max_rank)
    fail(ErrorKind::input, "{}: has {} dimensions, at most {} are accepted; reshape the array",
         origin, extents.size(), Shape::max_rank);
  Shape shape;
  for (const auto extent : extents) shape.push_back(static_cast<std::int64_t>(extent));
  return shape;
}

std::string describe(std::span<const std::uint64_t> extents) {
  std::string out = "(";
  for (std::size_t i = 0; i < extents.size(); ++i)
    out += (i > 0 ? ", " : "") + std::to_string(extents[i]);
  return out + ")";
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string out = "'";
  for (const char c : text.substr(0, longest)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    out += control ? '?' : c;
  }
  return out + (text.size() > longest ? "...'" : "'");
}

}  // namespace varve::io
