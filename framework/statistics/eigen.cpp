#include "framework/statistics/eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/core/error.h"

namespace varve {
namespace {

constexpr int most_sweeps = 60;
constexpr double tolerance = 1e-15;  // of the off-diagonal part, relative to the whole

double off_diagonal(const Matrix& a) {
  double sum = 0;
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = r + 1; c < a.columns; ++c) sum += 2 * a(r, c) * a(r, c);
  return std::sqrt(sum);
}

double norm(const Matrix& a) {
  double sum = 0;
  for (const double x : a.values) sum += x * x;
  return std::sqrt(sum);
}

/// Makes a(p, q) zero by a rotation of rows and columns p and q, and turns the vectors along.
void rotate(Matrix& a, Matrix& vectors, std::size_t p, std::size_t q) {
  if (a(p, q) == 0) return;
  const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
  const double t = std::copysign(1 / (std::abs(theta) + std::sqrt(theta * theta + 1)), theta);
  const double c = 1 / std::sqrt(t * t + 1);
  const double s = t * c;
  for (std::size_t k = 0; k < a.rows; ++k) {
    const double kp = a(k, p);
    const double kq = a(k, q);
    a(k, p) = c * kp - s * kq;
    a(k, q) = s * kp + c * kq;
  }
  for (std::size_t k = 0; k < a.rows; ++k) {
    const double pk = a(p, k);
    const double qk = a(q, k);
    a(p, k) = c * pk - s * qk;
    a(q, k) = s * pk + c * qk;
  }
  a(p, q) = a(q, p) = 0;
  for (std::size_t k = 0; k < a.rows; ++k) {
    const double kp = vectors(k, p);
    const double kq = vectors(k, q);
    vectors(k, p) = c * kp - s * kq;
    vectors(k, q) = s * kp + c * kq;
  }
}

Matrix checked_copy(const Matrix& symmetric) {
  if (symmetric.rows != symmetric.columns)
    fail(ErrorKind::usage, "[symmetric_eigen] needs a square matrix, got ({}, {})", symmetric.rows,
         symmetric.columns);
  for (const double x : symmetric.values)
    if (!std::isfinite(x))
      fail(ErrorKind::non_finite,
           "[symmetric_eigen] the matrix holds {}, every entry must be "
           "finite: look where the numbers come from",
           x);
  Matrix a = symmetric;
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = 0; c < r; ++c) a(r, c) = a(c, r);
  return a;
}

}  // namespace

Eigen symmetric_eigen(const Matrix& symmetric) {
  Matrix a = checked_copy(symmetric);
  const std::size_t n = a.rows;
  Matrix vectors(n, n);
  for (std::size_t i = 0; i < n; ++i) vectors(i, i) = 1;
  const double enough = tolerance * norm(a);
  for (int sweep = 0; sweep < most_sweeps && off_diagonal(a) > enough; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) rotate(a, vectors, p, q);

  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return a(i, i); });
  Eigen out;
  for (const auto i : order) out.values.push_back(a(i, i));
  out.vectors = vectors.columns_at(order);
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
