#include "framework/core/dtype.h"

#include <array>
#include <cmath>
#include <limits>

namespace varve {

std::string_view name(DType dtype) {
  static constexpr std::array<std::string_view, 6> names{"f32", "f64", "i32", "i64", "u8", "bool"};
  return names[static_cast<std::size_t>(dtype)];
}

DType promote(DType a, DType b) {
  // Rank along bool < u8 < i32 < i64 < f32 < f64.
  constexpr std::array<int, 6> rank{4, 5, 2, 3, 1, 0};
  return rank[static_cast<std::size_t>(a)] >= rank[static_cast<std::size_t>(b)] ? a : b;
}

bool holds(DType dtype, double value) {
  const auto whole_between = [&](double low, double high) {
    return value >= low && value <= high && std::trunc(value) == value;
  };
  switch (dtype) {
    case DType::f32:
      return !std::isfinite(value) || std::abs(value) <= std::numeric_limits<float>::max();
    case DType::f64:
      return true;
    case DType::i32:
      return whole_between(-0x1p31, 0x1p31 - 1);
    case DType::i64:
      return whole_between(-0x1p63, 0x1p63 - 1024);  // the largest double below 2^63
    case DType::u8:
      return whole_between(0, 255);
    case DType::boolean:
      return whole_between(0, 1);
  }
  return false;
}

}  // namespace varve
