#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

TEST_CASE("the doctor sees a collapse, says what it measured and what to do") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train {} --beta 10000 --lr 0.01 --epochs 10 --out run", tiny))
              .code == 0);
  const Outcome text = place.varve("doctor run");
  REQUIRE_MESSAGE(text.code == 0, text.err);
  for (const auto* part :
       {"posterior-collapse", "threshold 0.01", "remedy: ", "--free-bits", "dimension", "sigma"})
    CHECK_MESSAGE(text.out.find(part) != std::string::npos, text.out);

  const auto out = json::parse(place.varve("doctor run --json").out);
  CHECK(out["findings"][0]["name"] == "posterior-collapse");
  CHECK(out["findings"][0]["severity"] == "warning");
  CHECK(out["findings"][0]["measured"].get<double>() < 0.01);
  CHECK(out["kl_per_dimension"].size() == 4);

  // The same stands below what eval measures.
  CHECK(place.varve("eval run").out.find("doctor: posterior-collapse") != std::string::npos);
  CHECK(json::parse(place.varve("eval run --json").out)["doctor"][0]["name"] ==
        "posterior-collapse");
}

TEST_CASE("the doctor leaves an autoencoder in peace, and counts a codebook") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train --model autoencoder {} --out ae", tiny)).code == 0);
  const Outcome text = place.varve("doctor ae");
  CHECK(text.code == 0);
  CHECK(text.out.find("doctor: nothing found") != std::string::npos);
  CHECK(json::parse(place.varve("doctor ae --json").out)["findings"].empty());

  REQUIRE(
      place.varve(fmt::format("train --model vq-vae {} --codebook 64 --positions 2 --out vq", tiny))
          .code == 0);
  const auto vq = json::parse(place.varve("doctor vq --json").out);
  CHECK(vq["codebook"]["size"] == 64);
  CHECK(vq["codebook"]["used"].get<double>() >= 1);
  CHECK(vq["codebook"]["used"].get<double>() <= 64);
  CHECK(place.varve("doctor nowhere").code == 3);
}
