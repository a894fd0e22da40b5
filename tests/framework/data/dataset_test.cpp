#include "framework/data/dataset.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "framework/data/array_dataset.h"
#include "framework/data/fingerprint.h"
#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;

TEST_CASE("take keeps the first examples with all they have") {
  const auto all = std::make_shared<Counting>(10);
  const auto some = take(all, 4);
  REQUIRE(some->size() == 4);
  CHECK(some->shape() == Shape{1});
  CHECK(some->num_classes() == 3);
  CHECK(example(*some, 3)[0] == 3.0F);
  CHECK(some->label(2) == 2);
  CHECK(some->factors().size() == 1);
  int value = -1;
  some->factor_values(3, {&value, 1});
  CHECK(value == 3);
  CHECK(take(all, 99)->size() == 10);
  CHECK(contains(error_of(ErrorKind::usage, [&] { take(all, 0); }), "[take]"));
}

TEST_CASE("subset gives the named examples in their order") {
  const auto all = std::make_shared<Counting>(10);
  const auto some = subset(all, {7, 0, 7});
  REQUIRE(some->size() == 3);
  CHECK(example(*some, 0)[0] == 7.0F);
  CHECK(example(*some, 1)[0] == 0.0F);
  CHECK(some->label(2) == 1);
  CHECK(contains(error_of(ErrorKind::usage, [&] { subset(all, {10}); }), "10"));
  error_of(ErrorKind::usage, [&] { subset(all, {-1}); });
}

TEST_CASE("holdout parts a dataset in two without loss or overlap") {
  for (const std::int64_t size : {1, 5, 6, 7, 11, 12, 100, 601}) {
    const auto all = std::make_shared<Counting>(size);
    const auto rest = holdout(all, 6, false);
    const auto held = holdout(all, 6, true);
    CHECK(rest->size() + held->size() == size);
    CHECK(held->size() == size / 6);
    std::set<float> seen;
    for (std::int64_t i = 0; i < rest->size(); ++i) seen.insert(example(*rest, i)[0]);
    for (std::int64_t i = 0; i < held->size(); ++i) seen.insert(example(*held, i)[0]);
    CHECK(static_cast<std::int64_t>(seen.size()) == size);
  }
}

TEST_CASE("holdout takes one of each block and follows no period of the data") {
  const auto held = holdout(std::make_shared<Counting>(6000, 2), 6, true);
  REQUIRE(held->size() == 1000);
  int odd = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    CHECK(static_cast<std::int64_t>(example(*held, i)[0]) / 6 == i);
    odd += held->label(i);
  }
  CHECK(odd > 400);  // every 6th example, counted plainly, would all be even or all odd
  CHECK(odd < 600);
  error_of(ErrorKind::usage, [] { holdout(std::make_shared<Counting>(5), 1, true); });
}

TEST_CASE("rescaled: a range becomes 0 to 1, and the rest follows") {
  const std::vector<float> values{0, 51, 255, -255};
  const auto data = array_dataset(
      {.values = Array::of<float>({2, 2}, std::span<const float>(values)), .labels = {1, 0}});
  const auto scaled = rescaled(data, 0, 255);
  CHECK(testing::example(*scaled, 0) == std::vector<float>{0, 0.2F});
  CHECK(testing::example(*scaled, 1) == std::vector<float>{1, -1});
  CHECK(scaled->label(0) == 1);
  CHECK(scaled->num_classes() == data->num_classes());
  CHECK(scaled->shape() == data->shape());
  for (const auto& [low, high] :
       {std::pair{1.0, 1.0}, {2.0, 1.0}, {0.0, HUGE_VAL}, {-1e308, 1e308}})
    testing::error_of(ErrorKind::usage, [&] { rescaled(data, low, high); });
}

TEST_CASE("a fingerprint tells data apart") {
  const auto of = [](std::vector<float> values, Shape shape, std::vector<int> labels = {}) {
    return fingerprint(
        *array_dataset({.values = Array::of<float>(shape, std::span<const float>(values)),
                        .labels = std::move(labels)}));
  };
  const std::string print = of({1, 2, 3, 4}, {2, 2});
  CHECK(of({1, 2, 3, 4}, {2, 2}) == print);
  CHECK(of({1, 2, 3, 5}, {2, 2}) != print);
  CHECK(of({1, 2, 3, 4}, {4, 1}) != print);
  CHECK(of({1, 2, 3, 4}, {1, 4}) != print);
  CHECK(of({1, 2, 3, 4}, {2, 2}, {0, 1}) != of({1, 2, 3, 4}, {2, 2}, {1, 0}));
  CHECK(of(std::vector<float>(100000, 1), {100000, 1}).starts_with("100000 x "));
}
