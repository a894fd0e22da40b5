#include "framework/core/registry.h"

#include <doctest/doctest.h>

using namespace varve;

namespace {
struct Animal {
  std::string name;
  int legs = 4;
};
}  // namespace

TEST_CASE("a registry keeps what is added, in order and in place") {
  Registry<Animal> animals("animal", {{"cat"}, {"hen", 2}});
  const Animal* cat = animals.find("cat");
  REQUIRE(cat != nullptr);
  for (int i = 0; i < 100; ++i) animals.add({"ant" + std::to_string(i), 6});
  CHECK(animals.find("cat") == cat);
  CHECK(&animals.at("cat") == cat);
  CHECK(animals.at("ant7").legs == 6);
  CHECK(animals.size() == 102);
  CHECK(animals.names()[1] == "hen");
  CHECK(animals.begin()->name == "cat");
  CHECK(animals.find("dog") == nullptr);
}

TEST_CASE("a registry refuses a name that is taken, and suggests one that is not") {
  Registry<Animal> animals("animal", {{"cat"}, {"hen", 2}});
  CHECK_THROWS_WITH_AS(animals.add({"cat", 5}), doctest::Contains("already"), Error);
  CHECK_THROWS_WITH_AS(animals.add({"", 5}), doctest::Contains("needs a name"), Error);
  CHECK(animals.size() == 2);
  CHECK(animals.at("cat").legs == 4);
  CHECK_THROWS_WITH_AS(animals.at("cst"), doctest::Contains("did you mean 'cat'"), Error);
  CHECK_THROWS_WITH_AS(animals.at("cst"), doctest::Contains("[animal]"), Error);
}
