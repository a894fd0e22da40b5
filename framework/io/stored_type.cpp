#include "framework/io/stored_type.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "framework/core/error.h"

namespace varve::io {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they are stored");

struct Half {
  std::uint16_t bits;
  explicit operator float() const { return from_half(bits); }
};

struct Brain {
  std::uint16_t bits;
  explicit operator float() const { return from_brain(bits); }
};

template <class From, class To>
std::vector<std::byte> widen(const std::vector<std::byte>& stored, std::string_view origin) {
  const std::size_t count = stored.size() / sizeof(From);
  std::vector<std::byte> out(count * sizeof(To));
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, stored.data() + i * sizeof(From), sizeof(From));
    if constexpr (std::is_same_v<From, std::uint64_t>) {
      if (value > std::numeric_limits<std::int64_t>::max())
        fail(ErrorKind::input, "{}: element {} is {}, more than i64 holds; save it as floats",
             origin, i, value);
    }
    const auto wide = static_cast<To>(value);
    std::memcpy(out.data() + i * sizeof(To), &wide, sizeof(To));
  }
  return out;
}

}  // namespace

// 1 bit of sign, 5 of exponent, 10 of fraction. Every value is a float.
float from_half(std::uint16_t bits) {
  const auto sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {  // a zero or a denormal: fraction 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign == 0 ? magnitude : -magnitude;
  }
  const std::uint32_t wide = exponent == 0x1F ? 0xFFU : exponent + 127 - 15;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float from_brain(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

StoredType::StoredType(DType dtype) : size(static_cast<std::uint8_t>(size_of(dtype))) {
  if (dtype == DType::boolean) kind = Kind::boolean;
  if (dtype == DType::u8) kind = Kind::natural;
  if (dtype == DType::i32 || dtype == DType::i64) kind = Kind::whole;
}

DType StoredType::dtype() const {
  switch (kind) {
    case Kind::boolean:
      return DType::boolean;
    case Kind::whole:
      return size == 8 ? DType::i64 : DType::i32;
    case Kind::natural:
      return size == 1 ? DType::u8 : size == 2 ? DType::i32 : DType::i64;
    case Kind::floating:
      return size == 8 ? DType::f64 : DType::f32;
    case Kind::brain:
      return DType::f32;
  }
  return DType::f32;
}

bool StoredType::as_is() const {
  const StoredType own(dtype());
  return !big_endian && kind == own.kind && size == own.size;
}

std::string StoredType::name() const {
  if (kind == Kind::boolean) return "bool";
  constexpr std::string_view letters[] = {"", "i", "u", "f", "bf"};
  return fmt::format("{}{}{}", big_endian ? "big-endian " : "",
                     letters[static_cast<std::size_t>(kind)], 8 * size);
}

std::vector<std::byte> widened(std::vector<std::byte> stored, StoredType type,
                               std::string_view origin) {
  if (type.big_endian)
    for (auto at = stored.begin(); at != stored.end(); at += type.size)
      std::reverse(at, at + type.size);
  using Kind = StoredType::Kind;
  if (type.kind == Kind::brain) return widen<Brain, float>(stored, origin);
  if (type.kind == Kind::floating && type.size == 2) return widen<Half, float>(stored, origin);
  if (type.kind == Kind::whole && type.size == 1)
    return widen<std::int8_t, std::int32_t>(stored, origin);
  if (type.kind == Kind::whole && type.size == 2)
    return widen<std::int16_t, std::int32_t>(stored, origin);
  if (type.kind == Kind::natural && type.size == 2)
    return widen<std::uint16_t, std::int32_t>(stored, origin);
  if (type.kind == Kind::natural && type.size == 4)
    return widen<std::uint32_t, std::int64_t>(stored, origin);
  if (type.kind == Kind::natural && type.size == 8)
    return widen<std::uint64_t, std::int64_t>(stored, origin);
  return stored;
}

}  // namespace varve::io
