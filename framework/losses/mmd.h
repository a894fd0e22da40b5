#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "framework/tensor/tensor.h"

namespace varve {

/// The kernel of a maximum mean discrepancy between codes of d dimensions whose prior is N(0, I).
enum class Kernel : std::uint8_t {
  /// Inverse multiquadratics of several scales: the sum over s in {0.1, 0.2, 0.5, 1, 2, 5, 10} of
  /// C / (C + |a - b|^2), C = 2 d s. Tolstikhin et al. 2018, section 4.
  imq,
  /// A Gaussian: exp(-|a - b|^2 / (2 d)).
  rbf,
};
/// "imq", "rbf".
inline std::span<const std::string_view> words_of(Kernel) {
  static constexpr std::array<std::string_view, 2> words{"imq", "rbf"};
  return words;
}
/// "imq" or "rbf"; throws ErrorKind::usage for another name.
Kernel parse_kernel(std::string_view name);

/// k(a_i, b_j): a [n, d], b [m, d] -> [n, m]. ErrorKind::usage for other shapes and no floats.
Tensor kernel_matrix(Kernel kernel, const Tensor& a, const Tensor& b);

/// The squared maximum mean discrepancy between the distributions that x and y are drawn from, by
/// the unbiased estimator of Gretton et al. 2012 (lemma 6): x, y [n, d] -> a scalar, which may be a
/// little below 0. A single pair says nothing: 0 for n = 1. Throws ErrorKind::usage if the shapes
/// differ or there is no row.
Tensor mmd(Kernel kernel, const Tensor& x, const Tensor& y);

}  // namespace varve
