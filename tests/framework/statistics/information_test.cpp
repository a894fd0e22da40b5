#include "framework/statistics/information.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/core/error.h"

using namespace varve;

TEST_CASE("equal bins between the least and the greatest value") {
  const std::vector<double> values{0, 0.49, 0.5, 0.99, 1};
  CHECK(histogram_bins(values, 2) == std::vector<int>{0, 0, 1, 1, 1});
  const std::vector<double> same{3, 3, 3};
  CHECK(histogram_bins(same, 20) == std::vector<int>{0, 0, 0});
}

TEST_CASE("entropy of frequencies") {
  const std::vector<int> fair{0, 1, 0, 1}, sure{2, 2, 2}, skewed{0, 0, 0, 5};
  CHECK(entropy(fair) == doctest::Approx(std::log(2)));
  CHECK(entropy(sure) == 0);
  CHECK(entropy(skewed) == doctest::Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)));
}

TEST_CASE("mutual information: all, none, some") {
  const std::vector<int> a{0, 0, 1, 1}, renamed{7, 7, 3, 3}, independent{0, 1, 0, 1};
  CHECK(mutual_information(a, a) == doctest::Approx(std::log(2)));
  CHECK(mutual_information(a, renamed) == doctest::Approx(std::log(2)));
  CHECK(mutual_information(a, independent) == doctest::Approx(0));
  const std::vector<int> noisy{0, 0, 0, 1};  // joint 2/4 1/4 0 1/4
  const double expected = std::log(2) + entropy(noisy) + 0.5 * std::log(0.5) + 0.5 * std::log(0.25);
  CHECK(mutual_information(a, noisy) == doctest::Approx(expected));
  CHECK_THROWS_AS(mutual_information(a, std::vector<int>{1}), Error);
}
