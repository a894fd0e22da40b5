#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/array.h"

namespace varve::io {

/// How a file stores its elements. What is no DType, stored in little-endian order, is widened on
/// load to the narrowest DType that holds every value:
///   f16, bf16 -> f32 · i8, i16, u16 -> i32 · u32, u64 -> i64 (a u64 beyond 2^63 - 1 is refused).
struct StoredType {
  enum class Kind : std::uint8_t { boolean, whole, natural, floating, brain };
  Kind kind = Kind::floating;
  std::uint8_t size = 4;  ///< bytes an element
  bool big_endian = false;

  constexpr StoredType(Kind of, std::uint8_t bytes, bool big = false)
      : kind(of), size(bytes), big_endian(big && bytes > 1) {}
  StoredType(DType dtype);  // NOLINT(google-explicit-constructor): a DType stores as itself

  /// What its elements are in memory.
  DType dtype() const;
  /// Whether the bytes of a file are those in memory.
  bool as_is() const;
  /// "f32", "u16", "bf16", "big-endian f64".
  std::string name() const;
};

/// The elements in memory. Throws ErrorKind::input, beginning with `origin`, if one does not fit.
std::vector<std::byte> widened(std::vector<std::byte> stored, StoredType type,
                               std::string_view origin);

/// The value of a float of 16 bits: IEEE 754 binary16, and the first half of a float.
float from_half(std::uint16_t bits);
float from_brain(std::uint16_t bits);

}  // namespace varve::io
