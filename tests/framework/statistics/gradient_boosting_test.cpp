#include "framework/statistics/gradient_boosting.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "framework/core/error.h"
#include "framework/core/philox.h"
#include "framework/statistics/linear_classifier.h"

using namespace varve;

namespace {

Matrix uniform(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  PhiloxStream rng(seed, 0);
  Matrix x(rows, columns);
  for (auto& value : x.values) value = rng.uniform();
  return x;
}

/// Four classes in a checkerboard of the first two features: no linear rule, no single split.
std::vector<int> checkerboard(const Matrix& x) {
  std::vector<int> y;
  for (std::size_t i = 0; i < x.rows; ++i)
    y.push_back((x(i, 0) > 0.3 ? 1 : 0) + (x(i, 1) > 0.6 ? 2 : 0));
  return y;
}

}  // namespace

TEST_CASE("trees learn what is not linear, and generalise") {
  const Matrix train = uniform(1000, 4, 1);
  const Matrix test = uniform(500, 4, 2);
  const GradientBoosting fitted(train, checkerboard(train), 4, {.rounds = 30});
  CHECK(accuracy(fitted.predict(train), checkerboard(train)) == 1);
  CHECK(accuracy(fitted.predict(test), checkerboard(test)) > 0.97);

  std::vector<int> parity;
  for (std::size_t i = 0; i < train.rows; ++i)
    parity.push_back((train(i, 0) > 0.5) != (train(i, 1) > 0.4) ? 1 : 0);
  const GradientBoosting xored(train, parity, 2, {.rounds = 30});
  CHECK(accuracy(xored.predict(train), parity) > 0.98);
}

TEST_CASE("importance is on the features that matter, and sums to 1") {
  const Matrix x = uniform(2000, 4, 3);
  const GradientBoosting fitted(x, checkerboard(x), 4, {.rounds = 20});
  const auto& share = fitted.importance();
  CHECK(std::accumulate(share.begin(), share.end(), 0.0) == doctest::Approx(1));
  CHECK(share[0] + share[1] > 0.99);
  CHECK(share[0] > 0.3);
  CHECK(share[1] > 0.3);
}

TEST_CASE("one round of one split is the arithmetic of Friedman's algorithm") {
  // Two classes split at 0.5: residuals +-1/2, leaf (1/2) (sum r) / (sum |r| (1 - |r|)) = +-1.
  Matrix x(4, 1);
  x.values = {0, 0, 1, 1};
  const std::vector<int> y{0, 0, 1, 1};
  const GradientBoosting fitted(x, y, 2, {.rounds = 1, .depth = 1});
  CHECK(fitted.predict(x) == y);
  CHECK(fitted.importance()[0] == 1);
  Matrix between(2, 1);
  between.values = {0.49, 0.51};  // the split lies halfway
  CHECK(fitted.predict(between) == std::vector<int>{0, 1});
}

TEST_CASE("nothing to learn: the commonest class, and no importance") {
  const Matrix same(10, 2, 1.5);
  const std::vector<int> y{2, 2, 2, 2, 2, 2, 0, 0, 0, 1};
  const GradientBoosting fitted(same, y, 4, {.rounds = 5});  // class 3 has no example
  CHECK(fitted.predict(same) == std::vector<int>(10, 2));
  CHECK(fitted.importance() == std::vector<double>{0, 0});
}

TEST_CASE("many values fall into few bins by quantiles") {
  Matrix x = uniform(5000, 1, 4);
  std::vector<int> y;
  for (std::size_t i = 0; i < x.rows; ++i) {
    x(i, 0) = std::exp(20 * x(i, 0));  // equal widths would put nearly all into one bin
    y.push_back(x(i, 0) > std::exp(10) ? 1 : 0);
  }
  CHECK(accuracy(GradientBoosting(x, y, 2, {.rounds = 10, .bins = 32}).predict(x), y) > 0.97);
}

TEST_CASE("bad input") {
  const Matrix x(2, 1);
  const std::vector<int> y{0, 1};
  CHECK_THROWS_AS(GradientBoosting(x, std::vector<int>{0}, 2), Error);
  CHECK_THROWS_AS(GradientBoosting(x, std::vector<int>{0, 2}, 2), Error);
  CHECK_THROWS_AS(GradientBoosting(x, y, 1), Error);
  CHECK_THROWS_AS(GradientBoosting(x, y, 2, {.bins = 256}), Error);
  CHECK_THROWS_AS(GradientBoosting(x, y, 2).predict(Matrix(1, 2)), Error);
}
