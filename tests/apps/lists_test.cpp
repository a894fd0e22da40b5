#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::Outcome;
using varve::test::Place;

TEST_CASE("models, devices and data list what there is") {
  const Place place;
  CHECK(place.varve("models").out.find("beta-vae") != std::string::npos);
  CHECK(json::parse(place.varve("models --json").out).size() >= 16);
  CHECK(place.varve("devices").out.find("cpu") != std::string::npos);
  CHECK(json::parse(place.varve("devices --json").out)[0].contains("available"));
  CHECK(place.varve("data").out.find("sprites") != std::string::npos);
  const auto digits = json::parse(place.varve("data digits --json").out);
  CHECK(digits["examples"] == 12000);
  CHECK(digits["shape"] == json::array({28, 28, 1}));
  CHECK(place.varve("data sprites").out.find("orientation 40") != std::string::npos);
}

TEST_CASE("bench train measures training steps") {
  const Place place;
  for (const auto* arguments : {"bench train --steps 3 --batch-size 16 --json",
                                "bench train --arch conv --steps 2 --batch-size 4 --json"}) {
    CAPTURE(arguments);
    const Outcome done = place.varve(arguments);
    REQUIRE_MESSAGE(done.code == 0, done.err);
    const auto result = json::parse(done.out);
    CHECK(result["backend"] == "cpu");
    CHECK(result["model"] == "vae");
    CHECK(result["threads"].get<int>() >= 1);
    for (const auto* number :
         {"samples_per_second", "step_ms", "peak_rss_mib", "first_step_seconds"})
      CHECK(result[number].get<double>() > 0);
  }
  const auto mlp = json::parse(place.varve("bench train --steps 1 --json").out);
  CHECK(mlp["parameters"] == 652824);  // 784-400-20
  CHECK(mlp["batch_size"] == 128);
}

TEST_CASE("bench ops times the ops") {
  const Place place;
  const Outcome done = place.varve("bench ops --json");
  REQUIRE_MESSAGE(done.code == 0, done.err);
  const auto list = json::parse(done.out);
  CHECK(list.size() > 20);
  for (const auto& entry : list) CHECK(entry["decomposed_us"].get<double>() > 0);
}
