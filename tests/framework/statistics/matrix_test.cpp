#include "framework/statistics/matrix.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"

using namespace varve;

namespace {

Matrix example() {
  Matrix x(3, 2);
  x.values = {1, 2, 3, 6, 5, 4};
  return x;
}

}  // namespace

TEST_CASE("means, variances and covariance of columns") {
  const Matrix x = example();
  CHECK(column_means(x) == std::vector<double>{3, 4});
  CHECK(column_variances(x)[0] == doctest::Approx(8.0 / 3));
  CHECK(column_variances(x, true)[0] == doctest::Approx(4));
  const Matrix c = covariance(x);
  CHECK(c(0, 0) == doctest::Approx(4));
  CHECK(c(1, 1) == doctest::Approx(4));
  CHECK(c(0, 1) == doctest::Approx(2));
  CHECK(c(1, 0) == c(0, 1));
}

TEST_CASE("without enough rows, moments are zero") {
  CHECK(column_means(Matrix(0, 2)) == std::vector<double>{0, 0});
  CHECK(column_variances(Matrix(1, 2, 5), true) == std::vector<double>{0, 0});
  CHECK(covariance(Matrix(1, 2, 5)).values == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("rows, columns and products") {
  const Matrix x = example();
  CHECK(x.rows_at(std::vector<std::size_t>{2, 0}).values == std::vector<double>{5, 4, 1, 2});
  CHECK(x.columns_at(std::vector<std::size_t>{1}).values == std::vector<double>{2, 6, 4});
  CHECK(x.column(0) == std::vector<double>{1, 3, 5});
  Matrix y(2, 1);
  y.values = {10, 1};
  CHECK(multiply(x, y).values == std::vector<double>{12, 36, 54});
  CHECK_THROWS_WITH_AS(multiply(x, x), doctest::Contains("(3, 2) x (3, 2)"), Error);
}
