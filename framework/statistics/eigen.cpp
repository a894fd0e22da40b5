#include "framework/statistics/eigen.h"

#include <algorithm>
#include <cmath>

#include "framework/backend/host_linalg.h"
#include "framework/core/error.h"

namespace varve {

Eigen symmetric_eigen(const Matrix& symmetric) {
  if (symmetric.rows != symmetric.columns)
    fail(ErrorKind::usage, "[symmetric_eigen] needs a square matrix, got ({}, {})", symmetric.rows,
         symmetric.columns);
  for (const double x : symmetric.values)
    if (!std::isfinite(x))
      fail(ErrorKind::non_finite,
           "[symmetric_eigen] the matrix holds {}, every entry must be finite: look where the "
           "numbers come from",
           x);
  const std::size_t n = symmetric.rows;
  Eigen out{std::vector<double>(n), Matrix(n, n)};
  if (n == 0) return out;
  Matrix whole = symmetric;  // the library reads the other half
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c < r; ++c) whole(r, c) = whole(c, r);
  if (!host_linalg().eigh(whole.values, n, out.values, out.vectors.values))
    fail(ErrorKind::non_finite, "[symmetric_eigen] the eigenvalues of ({}, {}) did not converge", n,
         n);
  return out;
}

Matrix symmetric_sqrt(const Matrix& symmetric) {
  const auto [values, vectors] = symmetric_eigen(symmetric);
  Matrix out(symmetric.rows, symmetric.rows);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double root = std::sqrt(std::max(values[k], 0.0));
    for (std::size_t r = 0; r < out.rows; ++r)
      for (std::size_t c = 0; c < out.columns; ++c)
        out(r, c) += root * vectors(r, k) * vectors(c, k);
  }
  return out;
}

}  // namespace varve
