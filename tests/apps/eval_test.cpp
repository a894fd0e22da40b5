#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/io/npy.h"
#include "tests/apps/command.h"

using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

TEST_CASE("eval prints one JSON object, with the numbers that train has printed") {
  const Place place;
  const Outcome trained = place.varve(fmt::format("train {} --out run --json", tiny));
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
  const Outcome evaluated = place.varve("eval run --json");
  REQUIRE_MESSAGE(evaluated.code == 0, evaluated.err);
  const auto train = nlohmann::json::parse(trained.out);
  const auto eval = nlohmann::json::parse(evaluated.out);
  CHECK(eval["model"] == "vae");
  CHECK(eval["split"] == "test");
  CHECK(eval["examples"] == 2000);
  for (const auto* term : {"loss", "reconstruction", "kl"}) {
    CHECK(eval[term].is_number());
    CHECK(eval[term] == train[term]);
  }
  CHECK(eval["loss"].get<double>() ==
        doctest::Approx(eval["reconstruction"].get<double>() + eval["kl"].get<double>()));

  SUBCASE("as a table") {
    const Outcome table = place.varve("eval run --split train");
    CHECK(table.code == 0);
    CHECK(table.out.find("12000 examples of the train split") != std::string::npos);
    CHECK(table.out.find("reconstruction") != std::string::npos);
  }
  SUBCASE("other noise, other numbers") {
    const auto other = nlohmann::json::parse(place.varve("eval run --seed 9 --json").out);
    CHECK(other["loss"] != eval["loss"]);
  }
  SUBCASE("other data") {
    varve::save_npy(place / "faces.npy", varve::Array::zeros({12, 28, 28, 1}, varve::DType::f32));
    const auto other =
        nlohmann::json::parse(place.varve("eval run --data npy:faces.npy --json").out);
    CHECK(other["examples"] == 12);  // all: it says nothing of tests
    CHECK(other["split"] == "all");
    CHECK(other["data"] == "npy:faces.npy");
  }
  SUBCASE("data of another size") {
    varve::save_npy(place / "small.npy", varve::Array::zeros({12, 16, 20, 1}, varve::DType::f32));
    const Outcome wrong = place.varve("eval run --data npy:small.npy");
    CHECK(wrong.code == 3);
    CHECK(wrong.out.empty());
    CHECK(wrong.err.find("(16, 20, 1)") != std::string::npos);
    CHECK(wrong.err.find("(28, 28, 1)") != std::string::npos);
  }
  SUBCASE("a damaged checkpoint") {
    const Outcome wrong = place.shell(
        "for f in run/checkpoints/*/model.safetensors; do printf x >>$f; done\n"
        "\"$varve\" eval run");
    CHECK(wrong.code == 3);
    CHECK(wrong.err.find("run/checkpoints") != std::string::npos);
  }
  SUBCASE("a damaged configuration") {
    place.write("run/config.json", "{\"model\": \"vae\"");
    const Outcome wrong = place.varve("eval run");
    CHECK(wrong.code == 3);
    CHECK(wrong.err.find("run/config.json") != std::string::npos);
  }
}

TEST_CASE("eval of what is no run") {
  const Place place;
  const Outcome wrong = place.varve("eval nowhere");
  CHECK(wrong.code == 3);
  CHECK(wrong.err.find("nowhere") != std::string::npos);
  CHECK(place.varve("eval").code == 2);
}
