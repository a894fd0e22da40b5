#include "framework/statistics/pca.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/backend/host_linalg.h"
#include "framework/core/error.h"
#include "framework/statistics/eigen.h"

namespace varve {
namespace {

/// The data less their mean.
Matrix centred(const Array& data) {
  const auto values = data.as<float>();
  Matrix out(static_cast<std::size_t>(data.shape[0]), static_cast<std::size_t>(data.shape[1]));
  std::copy(values.begin(), values.end(), out.values.begin());
  const auto means = column_means(out);
  for (std::size_t r = 0; r < out.rows; ++r)
    for (std::size_t c = 0; c < out.columns; ++c) out(r, c) -= means[c];
  return out;
}

Matrix transposed(const Matrix& a) {
  Matrix out(a.columns, a.rows);
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = 0; c < a.columns; ++c) out(c, r) = a(r, c);
  return out;
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix out(a.rows, b.columns);
  host_linalg().multiply(a.values, b.values, a.rows, a.columns, b.columns, out.values);
  return out;
}

/// Axes, in columns, by rising variance.
Eigen axes_of(Matrix products, std::size_t examples) {
  for (double& value : products.values) value /= static_cast<double>(examples);
  return symmetric_eigen(products);
}

/// Makes column k orthogonal to those behind it, and of length 1. What is left of nothing is taken
/// from the unit vector that they cover least.
void complete(Matrix& vectors, std::size_t k) {
  const auto reject = [&] {
    for (std::size_t other = k + 1; other < vectors.columns; ++other) {
      double along = 0;
      for (std::size_t r = 0; r < vectors.rows; ++r) along += vectors(r, k) * vectors(r, other);
      for (std::size_t r = 0; r < vectors.rows; ++r) vectors(r, k) -= along * vectors(r, other);
    }
    double square = 0;
    for (std::size_t r = 0; r < vectors.rows; ++r) square += vectors(r, k) * vectors(r, k);
    return std::sqrt(square);
  };
  double length = reject();
  if (!(length > 0.5)) {
    std::size_t least = 0;
    double smallest = INFINITY;
    for (std::size_t r = 0; r < vectors.rows; ++r) {
      double covered = 0;
      for (std::size_t other = k + 1; other < vectors.columns; ++other)
        covered += vectors(r, other) * vectors(r, other);
      vectors(r, k) = 0;
      if (covered < smallest) {
        smallest = covered;
        least = r;
      }
    }
    vectors(least, k) = 1;
    length = reject();
  }
  for (std::size_t r = 0; r < vectors.rows; ++r) vectors(r, k) /= length;
}

/// Of data with fewer examples than features the covariance has the eigenvalues of the smaller
/// matrix of products of examples, and the axes follow from its eigenvectors: the last `count`.
Eigen axes_of_wide(const Matrix& data, std::size_t count) {
  const Matrix turned = transposed(data);
  const std::size_t rows = data.rows;
  const Eigen small = axes_of(product(data, turned), rows);
  Eigen out{std::vector<double>(count, 0), Matrix(data.columns, count)};
  double total = 0;
  for (const double value : small.values) total += std::max(value, 0.0);
  for (std::size_t k = count; k-- > 0;) {
    const std::size_t behind = count - k;
    if (behind <= rows && small.values[rows - behind] > 1e-12 * total) {
      const double variance = small.values[rows - behind];
      Matrix weights(rows, 1);
      weights.values = small.vectors.column(rows - behind);
      const Matrix axis = product(turned, weights);
      out.values[k] = variance;
      for (std::size_t r = 0; r < axis.rows; ++r)
        out.vectors(r, k) = axis(r, 0) / std::sqrt(static_cast<double>(rows) * variance);
    }
    complete(out.vectors, k);
  }
  return out;
}

}  // namespace

Pca principal_components(const Array& data, std::int64_t count) {
  if (data.shape.size() != 2 || data.shape[0] < 1 || count < 1 || count > data.shape[1])
    fail(ErrorKind::usage, "[pca] cannot take {} components of data of shape {}", count,
         data.shape.str());
  const Matrix matrix = centred(data);
  const auto rows = matrix.rows;
  double total = 0;
  for (const double value : matrix.values) total += value * value;
  total /= static_cast<double>(rows);
  const Eigen axes = rows < matrix.columns ? axes_of_wide(matrix, static_cast<std::size_t>(count))
                                           : axes_of(product(transposed(matrix), matrix), rows);

  Pca out{Array::zeros({count, data.shape[1]}, DType::f64), {}};
  auto component = out.components.as<double>().begin();
  for (std::size_t k = 1; k <= static_cast<std::size_t>(count); ++k) {
    const std::size_t column = axes.values.size() - k;
    auto axis = axes.vectors.column(column);
    const double greatest = *std::max_element(
        axis.begin(), axis.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    for (double& value : axis) value = greatest < 0 ? -value : value;
    component = std::copy(axis.begin(), axis.end(), component);
    out.share.push_back(total > 0 ? std::max(axes.values[column], 0.0) / total : 0);
  }
  return out;
}

}  // namespace varve
