#include "framework/statistics/linear_classifier.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/core/philox.h"

using namespace varve;

namespace {

struct Blobs {
  Matrix x;
  std::vector<int> y;
};

/// Three Gaussian blobs in the plane.
Blobs blobs(std::uint64_t seed, double spread) {
  PhiloxStream rng(seed, 0);
  Blobs out{Matrix(300, 2), {}};
  const double centres[3][2] = {{0, 0}, {4, 0}, {0, 4}};
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t k = i % 3;
    out.y.push_back(static_cast<int>(k));
    for (std::size_t c = 0; c < 2; ++c) out.x(i, c) = centres[k][c] + spread * rng.normal();
  }
  return out;
}

}  // namespace

TEST_CASE("both separate what is separable, and classify new examples") {
  const auto train = blobs(1, 0.5);
  const auto test = blobs(2, 0.5);
  const auto logistic = fit_logistic_regression(train.x, train.y, 3);
  const auto svm = fit_linear_svm(train.x, train.y, 3, 1.0, true);
  for (const auto* fitted : {&logistic, &svm}) {
    CHECK(accuracy(fitted->predict(train.x), train.y) > 0.99);
    CHECK(accuracy(fitted->predict(test.x), test.y) > 0.99);
  }
}

TEST_CASE("without features logistic regression gives the log odds") {
  const Matrix nothing(8, 1, 0);
  const std::vector<int> y{0, 0, 0, 0, 0, 0, 1, 1};
  const auto w = fit_logistic_regression(nothing, y, 2).weights();
  CHECK(w(0, 1) - w(1, 1) == doctest::Approx(std::log(3)).epsilon(1e-4));
}

TEST_CASE("the gradient vanishes in logistic regression's minimum") {
  // |w|^2 / 2 + sum log(1 + exp(-2 x w)) with x = 1 twice, w0 = -w1 = w / 2 in two classes.
  Matrix x(4, 1);
  x.values = {1, 1, -1, -1};
  const std::vector<int> y{1, 1, 0, 0};
  const auto w = fit_logistic_regression(x, y, 2).weights();
  CHECK(w(0, 0) == doctest::Approx(-w(1, 0)));
  const double v = w(1, 0);
  CHECK(v == doctest::Approx(4 / (1 + std::exp(2 * v))).epsilon(1e-3));
}

TEST_CASE("the squared hinge in closed form") {
  // One feature, two examples at +-1, cost C: the minimum of w^2/2 + 2 C (1 - w)^2 is 4C / (1 +
  // 4C).
  Matrix x(2, 1);
  x.values = {1, -1};
  const std::vector<int> y{1, 0};
  const auto w = fit_linear_svm(x, y, 2, 0.25, false).weights();
  CHECK(w(1, 0) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK(w(0, 0) == doctest::Approx(-0.5).epsilon(1e-4));
  CHECK(w(1, 1) == doctest::Approx(0).epsilon(1e-4));
}

TEST_CASE("balance lets a rare class be told at all") {
  Matrix x(110, 1);
  std::vector<int> y(110, 0);
  for (std::size_t i = 0; i < 110; ++i) {
    x(i, 0) = i < 100 ? static_cast<double>(i % 10) / 10 : 1.2;
    y[i] = i < 100 ? 0 : 1;
  }
  const auto recall = [&](bool balanced) {
    const auto predicted = fit_linear_svm(x, y, 2, 0.01, balanced).predict(x);
    return accuracy(std::span(predicted).last(10), std::span(y).last(10));
  };
  CHECK(recall(false) == 0);
  CHECK(recall(true) == 1);
}

TEST_CASE("labels and examples must fit") {
  const Matrix x(2, 1);
  CHECK_THROWS_AS(fit_logistic_regression(x, std::vector<int>{0}, 2), Error);
  CHECK_THROWS_AS(fit_linear_svm(x, std::vector<int>{0, 2}, 2, 1, false), Error);
  CHECK_THROWS_AS(accuracy(std::vector<int>{}, std::vector<int>{}), Error);
  const auto fitted = fit_logistic_regression(x, std::vector<int>{0, 1}, 2);
  CHECK_THROWS_AS(fitted.predict(Matrix(2, 2)), Error);
}
