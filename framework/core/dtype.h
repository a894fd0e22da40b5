#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace varve {

enum class DType : std::uint8_t { f32, f64, i32, i64, u8, boolean };

constexpr std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f64:
    case DType::i64:
      return 8;
    case DType::u8:
    case DType::boolean:
      return 1;
  }
  return 0;
}

/// "f32", "f64", "i32", "i64", "u8" or "bool".
std::string_view name(DType dtype);

constexpr bool is_floating(DType dtype) { return dtype == DType::f32 || dtype == DType::f64; }

/// The wider of two dtypes: any float beats any integer, f64 beats f32, i64 beats i32, u8, bool.
DType promote(DType a, DType b);

/// Whether `value` is one of the dtype's, but for rounding: a whole number in range, 0 or 1 for
/// bool; for f32 no finite number beyond its largest.
bool holds(DType dtype, double value);

/// The dtype of a C++ type: `dtype_of<float> == DType::f32`.
template <class T>
inline constexpr DType dtype_of = [] {
  static_assert(sizeof(T) == 0, "no Varve dtype for this C++ type");
  return DType::f32;
}();
template <>
inline constexpr DType dtype_of<float> = DType::f32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::i64;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::u8;
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;

}  // namespace varve
