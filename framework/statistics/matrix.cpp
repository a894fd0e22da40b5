#include "framework/statistics/matrix.h"

#include <algorithm>

#include "framework/core/error.h"

namespace varve {

std::vector<double> Matrix::column(std::size_t c) const {
  std::vector<double> out(rows);
  for (std::size_t r = 0; r < rows; ++r) out[r] = (*this)(r, c);
  return out;
}

Matrix Matrix::rows_at(std::span<const std::size_t> indices) const {
  Matrix out(indices.size(), columns);
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::ranges::copy(row(indices[i]), out.row(i).begin());
  return out;
}

Matrix Matrix::columns_at(std::span<const std::size_t> indices) const {
  Matrix out(rows, indices.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < indices.size(); ++i) out(r, i) = (*this)(r, indices[i]);
  return out;
}

Matrix multiply(const Matrix& a, const Matrix& b) {
  if (a.columns != b.rows)
    fail(ErrorKind::usage, "[multiply] inner sizes differ: ({}, {}) x ({}, {})", a.rows, a.columns,
         b.rows, b.columns);
  Matrix out(a.rows, b.columns);
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t k = 0; k < a.columns; ++k) {
      const double factor = a(r, k);
      for (std::size_t c = 0; c < b.columns; ++c) out(r, c) += factor * b(k, c);
    }
  return out;
}

std::vector<double> column_means(const Matrix& x) {
  std::vector<double> means(x.columns, 0);
  if (x.rows == 0) return means;
  for (std::size_t r = 0; r < x.rows; ++r)
    for (std::size_t c = 0; c < x.columns; ++c) means[c] += x(r, c);
  for (auto& mean : means) mean /= static_cast<double>(x.rows);
  return means;
}

std::vector<double> column_variances(const Matrix& x, bool bessel) {
  std::vector<double> variances(x.columns, 0);
  const std::size_t divisor = bessel && x.rows > 0 ? x.rows - 1 : x.rows;
  if (divisor == 0) return variances;
  const auto means = column_means(x);
  for (std::size_t r = 0; r < x.rows; ++r)
    for (std::size_t c = 0; c < x.columns; ++c) {
      const double centred = x(r, c) - means[c];
      variances[c] += centred * centred;
    }
  for (auto& variance : variances) variance /= static_cast<double>(divisor);
  return variances;
}

Matrix covariance(const Matrix& x) {
  Matrix out(x.columns, x.columns);
  if (x.rows < 2) return out;
  const auto means = column_means(x);
  std::vector<double> centred(x.columns);
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (std::size_t c = 0; c < x.columns; ++c) centred[c] = x(r, c) - means[c];
    for (std::size_t i = 0; i < x.columns; ++i)
      for (std::size_t j = i; j < x.columns; ++j) out(i, j) += centred[i] * centred[j];
  }
  for (std::size_t i = 0; i < x.columns; ++i)
    for (std::size_t j = i; j < x.columns; ++j) {
      out(i, j) /= static_cast<double>(x.rows - 1);
      out(j, i) = out(i, j);
    }
  return out;
}

}  // namespace varve
