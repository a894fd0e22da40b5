#include "framework/core/dtype.h"

#include <array>

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

}  // namespace varve
