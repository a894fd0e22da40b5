#include "framework/data/sources.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;

TEST_CASE("digits is what is opened when nothing is named") {
  CHECK(open_dataset({})->size() == 12000);
  CHECK(open_dataset({.split = Split::test})->size() == 2000);
}

TEST_CASE("sprites are split into train and test without overlap") {
  const auto train = open_dataset({.name = "sprites"});
  const auto test = open_dataset({.name = "sprites", .split = Split::test});
  CHECK(train->size() == 727040);
  CHECK(test->size() == 10240);
  REQUIRE(train->factors().size() == 5);
  const auto index = [](const Dataset& data, std::int64_t i) {
    std::array<int, 5> f{};
    data.factor_values(i, f);
    return (((f[0] * 6 + f[1]) * 40 + f[2]) * 32 + f[3]) * 32 + f[4];
  };
  std::set<int> seen;
  for (std::int64_t i = 0; i < 71 * 20; ++i) seen.insert(index(*train, i));
  for (std::int64_t i = 0; i < 20; ++i) seen.insert(index(*test, i));
  CHECK(seen.size() == 72 * 20);
  CHECK(*seen.rbegin() == 72 * 20 - 1);
}

TEST_CASE("an unknown name suggests the nearest and lists the rest") {
  const auto message = error_of(ErrorKind::usage, [] { open_dataset({.name = "sprits"}); });
  CHECK(contains(message, "'sprits'"));
  CHECK(contains(message, "did you mean 'sprites'?"));
  CHECK(contains(message, "mnist, fashion-mnist"));
  CHECK(contains(error_of(ErrorKind::usage, [] { open_dataset({.name = "foldr:x"}); }),
                 "did you mean 'folder'?"));
  const auto far = error_of(ErrorKind::usage, [] { open_dataset({.name = "imagenet"}); });
  CHECK_FALSE(contains(far, "did you mean"));
  CHECK(contains(far, "Known: digits, sprites"));
  error_of(ErrorKind::usage, [] { open_dataset({.name = ""}); });
}

TEST_CASE("a path is given exactly where one belongs") {
  CHECK(contains(error_of(ErrorKind::usage, [] { open_dataset({.name = "npy"}); }), "npy:FILE"));
  CHECK(contains(error_of(ErrorKind::usage, [] { open_dataset({.name = "csv:"}); }), "csv:FILE"));
  error_of(ErrorKind::usage, [] { open_dataset({.name = "digits:x"}); });
  CHECK(
      contains(error_of(ErrorKind::usage, [] { open_dataset({.name = "mnist"}); }), "--data-dir"));
}

TEST_CASE("every source is listed with a description") {
  const auto& sources = data_source_registry();
  CHECK(sources.size() == 10);
  CHECK(sources.begin()->name == "digits");
  for (const auto& source : sources) CHECK_FALSE(source.description.empty());
  CHECK(std::ranges::any_of(sources, [](const auto& s) { return s.typed() == "npz:FILE"; }));
}
