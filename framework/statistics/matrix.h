#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace varve {

/// A dense row-major matrix of doubles in host memory: what the classical statistics of this folder
/// take, one example a row. They run after training on some ten thousand rows and need no device.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(std::size_t rows_, std::size_t columns_, double value = 0)
      : rows(rows_), columns(columns_), values(rows_ * columns_, value) {}

  double& operator()(std::size_t r, std::size_t c) { return values[r * columns + c]; }
  double operator()(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
  std::span<double> row(std::size_t r) { return {values.data() + r * columns, columns}; }
  std::span<const double> row(std::size_t r) const {
    return {values.data() + r * columns, columns};
  }
  std::vector<double> column(std::size_t c) const;

  /// The named rows, in the given order.
  Matrix rows_at(std::span<const std::size_t> indices) const;
  /// The named columns, in the given order.
  Matrix columns_at(std::span<const std::size_t> indices) const;
};

/// a b. Throws ErrorKind::usage if the inner sizes differ.
Matrix multiply(const Matrix& a, const Matrix& b);

/// Mean of each column; zeros without rows.
std::vector<double> column_means(const Matrix& x);
/// Variance of each column, divided by n (Bessel: n - 1); zeros where that divisor is 0.
std::vector<double> column_variances(const Matrix& x, bool bessel = false);
/// Covariance of the columns, divided by n - 1: [columns, columns]. Zeros for fewer than two rows.
Matrix covariance(const Matrix& x);

}  // namespace varve
