#include "framework/core/nearest.h"

#include <doctest/doctest.h>

#include <vector>

using varve::did_you_mean;
using varve::nearest_name;

TEST_CASE("nearest_name suggests what a typing error meant") {
  const std::vector<std::string> names{"digits", "sprites", "mnist", "fashion-mnist", "csv"};
  CHECK(nearest_name("minst", names) == "mnist");  // two neighbours swapped
  CHECK(nearest_name("MNIST", names) == "mnist");
  CHECK(nearest_name("digit", names) == "digits");
  CHECK(nearest_name("spritess", names) == "sprites");
  CHECK(nearest_name("fashon_mnist", names) == "fashion-mnist");
  CHECK(nearest_name("cvs", names) == "csv");
}

TEST_CASE("nearest_name suggests nothing when nothing is near") {
  const std::vector<std::string> names{"digits", "csv"};
  CHECK(nearest_name("imagenet", names).empty());
  CHECK(nearest_name("x", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name("digits", {}).empty());
}

TEST_CASE("nearest_name takes the first of equally near names") {
  const std::vector<std::string> names{"beta", "bets"};
  CHECK(nearest_name("betx", names) == "beta");
}

TEST_CASE("did_you_mean ends a message with the nearest name, if any, and all known ones") {
  const std::vector<std::string> names{"beta", "gamma"};
  CHECK(did_you_mean("bete", names) == "; did you mean 'beta'? Known: beta, gamma");
  CHECK(did_you_mean("qqqqqq", names) == ". Known: beta, gamma");
}
