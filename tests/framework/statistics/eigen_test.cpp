#include "framework/statistics/eigen.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/philox.h"

using namespace varve;

namespace {

Matrix random_symmetric(std::size_t n) {
  PhiloxStream rng(3, n);
  Matrix a(n, n);
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c <= r; ++c) a(r, c) = a(c, r) = rng.normal();
  return a;
}

Matrix transposed(const Matrix& a) {
  Matrix out(a.columns, a.rows);
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = 0; c < a.columns; ++c) out(c, r) = a(r, c);
  return out;
}

double largest_difference(const Matrix& a, const Matrix& b) {
  REQUIRE(a.values.size() == b.values.size());
  double most = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    most = std::max(most, std::abs(a.values[i] - b.values[i]));
  return most;
}

}  // namespace

TEST_CASE("eigenvalues of a matrix known in closed form") {
  // The path graph's 2 -1 matrix: 2 - 2 cos(k pi / (n + 1)).
  constexpr std::size_t n = 7;
  Matrix a(n, n);
  for (std::size_t i = 0; i < n; ++i) {
    a(i, i) = 2;
    if (i + 1 < n) a(i, i + 1) = a(i + 1, i) = -1;
  }
  const auto values = symmetric_eigen(a).values;
  for (std::size_t k = 1; k <= n; ++k)
    CHECK(
        values[k - 1] ==
        doctest::Approx(2 - 2 * std::cos(static_cast<double>(k) * M_PI / (n + 1))).epsilon(1e-12));
}

TEST_CASE("vectors are orthonormal and give the matrix back") {
  for (const std::size_t n : {1U, 2U, 5U, 40U}) {
    CAPTURE(n);
    const Matrix a = random_symmetric(n);
    const auto [values, vectors] = symmetric_eigen(a);
    Matrix identity(n, n), scaled = vectors;
    for (std::size_t i = 0; i < n; ++i) identity(i, i) = 1;
    for (std::size_t r = 0; r < n; ++r)
      for (std::size_t c = 0; c < n; ++c) scaled(r, c) *= values[c];
    CHECK(largest_difference(multiply(transposed(vectors), vectors), identity) < 1e-12);
    CHECK(largest_difference(multiply(scaled, transposed(vectors)), a) < 1e-12 * 40);
    CHECK(std::is_sorted(values.begin(), values.end()));
  }
}

TEST_CASE("the square root squares to a positive matrix, of any rank") {
  Matrix b = random_symmetric(6);
  for (std::size_t r = 0; r < 6; ++r) b(r, 5) = 0;  // rank 5
  const Matrix a = multiply(b, transposed(b));
  const Matrix root = symmetric_sqrt(a);
  CHECK(largest_difference(multiply(root, root), a) < 1e-10);
}

TEST_CASE("what is no finite square matrix") {
  CHECK_THROWS_WITH_AS(symmetric_eigen(Matrix(2, 3)), doctest::Contains("(2, 3)"), Error);
  CHECK_THROWS_AS(symmetric_eigen(Matrix(2, 2, NAN)), Error);
}
