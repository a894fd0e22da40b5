#include "framework/io/stored_array.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/platform/platform.h"

namespace varve::io {
namespace {

std::size_t elements_of_row(const Shape& shape) {
  Shape row = shape;
  if (!row.empty()) row.erase(0);
  return static_cast<std::size_t>(row.numel());
}

class InMemory final : public StoredArray {
 public:
  InMemory(StoredType type, const Shape& shape, std::vector<std::byte> stored, std::string origin)
      : StoredArray(type, shape, std::move(origin)), stored_(std::move(stored)) {}

  bool is_in_memory() const override { return true; }
  void read(std::int64_t index, std::span<std::byte> out) const override {
    std::memcpy(out.data(), stored_.data() + static_cast<std::size_t>(index) * row_bytes(),
                row_bytes());
  }

 private:
  std::vector<std::byte> stored_;
};

class OnDisk final : public StoredArray {
 public:
  OnDisk(StoredType type, const Shape& shape, const std::filesystem::path& path,
         std::uint64_t offset, std::string origin)
      : StoredArray(type, shape, std::move(origin)), file_(path), offset_(offset) {}

  void read(std::int64_t index, std::span<std::byte> out) const override {
    const std::uint64_t at = offset_ + static_cast<std::uint64_t>(index) * row_bytes();
    if (file_.read_at(at, out.first(row_bytes())) < row_bytes())
      fail(ErrorKind::input, "{}: ends before row {}: it has become shorter since it was opened",
           origin(), index);
  }

 private:
  platform::InputFile file_;
  std::uint64_t offset_;
};

template <class T>
T load(const std::byte* from, bool swapped) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if (swapped) std::ranges::reverse(bytes);
  return std::bit_cast<T>(bytes);
}

template <class T, class To>
void convert_plain(std::span<const std::byte> stored, bool swapped, std::span<To> out) {
  const std::byte* from = stored.data();
  To* to = out.data();
  if (swapped)
    for (std::size_t i = 0; i < out.size(); ++i)
      to[i] = static_cast<To>(load<T>(from + i * sizeof(T), true));
  else
    for (std::size_t i = 0; i < out.size(); ++i)
      to[i] = static_cast<To>(load<T>(from + i * sizeof(T), false));
}

template <class To>
void convert(std::span<const std::byte> stored, StoredType type, std::span<To> out) {
  using Kind = StoredType::Kind;
  const bool big = type.big_endian;
  const int code = static_cast<int>(type.kind) * 16 + type.size;
  const auto of = [](Kind kind, int size) { return static_cast<int>(kind) * 16 + size; };
  if (code == of(Kind::boolean, 1)) {
    std::ranges::transform(stored, out.begin(),
                           [](std::byte x) { return static_cast<To>(x != std::byte{0}); });
    return;
  }
  if (code == of(Kind::natural, 1)) return convert_plain<std::uint8_t>(stored, big, out);
  if (code == of(Kind::natural, 2)) return convert_plain<std::uint16_t>(stored, big, out);
  if (code == of(Kind::natural, 4)) return convert_plain<std::uint32_t>(stored, big, out);
  if (code == of(Kind::natural, 8)) return convert_plain<std::uint64_t>(stored, big, out);
  if (code == of(Kind::whole, 1)) return convert_plain<std::int8_t>(stored, big, out);
  if (code == of(Kind::whole, 2)) return convert_plain<std::int16_t>(stored, big, out);
  if (code == of(Kind::whole, 4)) return convert_plain<std::int32_t>(stored, big, out);
  if (code == of(Kind::whole, 8)) return convert_plain<std::int64_t>(stored, big, out);
  if (code == of(Kind::floating, 4)) return convert_plain<float>(stored, big, out);
  if (code == of(Kind::floating, 8)) return convert_plain<double>(stored, big, out);
  const bool brain = type.kind == Kind::brain;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto bits = load<std::uint16_t>(stored.data() + 2 * i, big);
    out[i] = static_cast<To>(brain ? from_brain(bits) : from_half(bits));
  }
}

}  // namespace

StoredArray::StoredArray(StoredType type, const Shape& shape, std::string origin)
    : type_(type),
      shape_(shape),
      row_elements_(elements_of_row(shape)),
      origin_(std::move(origin)) {}

StoredArrayPtr array_in_memory(StoredType type, const Shape& shape, std::vector<std::byte> stored,
                               std::string origin) {
  return std::make_shared<InMemory>(type, shape, std::move(stored), std::move(origin));
}

StoredArrayPtr array_on_disk(StoredType type, const Shape& shape, const std::filesystem::path& path,
                             std::uint64_t offset, std::string origin) {
  return std::make_shared<OnDisk>(type, shape, path, offset, std::move(origin));
}

void to_floats(std::span<const std::byte> stored, StoredType type, std::span<float> out) {
  convert(stored, type, out);
}

std::vector<double> read_all(const StoredArray& array) {
  const std::size_t each = array.row_elements();
  std::vector<double> out(static_cast<std::size_t>(array.rows()) * each);
  std::vector<std::byte> row(array.row_bytes());
  for (std::int64_t i = 0; i < array.rows() && each > 0; ++i) {
    array.read(i, row);
    convert<double>(row, array.type(),
                    std::span(out).subspan(static_cast<std::size_t>(i) * each, each));
  }
  return out;
}

}  // namespace varve::io
