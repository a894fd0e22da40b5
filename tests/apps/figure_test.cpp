#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/io/image.h"
#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::check_error;
using varve::test::Outcome;
using varve::test::Place;

namespace {

constexpr const char* quick = "--limit 128 --epochs 1 --progress none";

}  // namespace

TEST_CASE("every figure can be drawn") {
  const Place place;
  const Outcome listed = place.varve("figure --json");
  REQUIRE_MESSAGE(listed.code == 0, listed.err);
  const json list = json::parse(listed.out);
  CHECK(list.size() >= 25);
  const std::string text = place.varve("figure").out;
  for (const auto& figure : list) {
    const auto name = figure["name"].get<std::string>();
    CAPTURE(name);
    CHECK(text.find(name) != std::string::npos);
    const Outcome drawn = place.varve(fmt::format("figure {} {}", name, quick));
    REQUIRE_MESSAGE(drawn.code == 0, drawn.err);
    CHECK(drawn.out == name + ".png\n");
    CHECK(drawn.err.empty());
    const auto picture = varve::load_png(place / (name + ".png"));
    CHECK(picture.shape[0] > 200);
    const auto pixels = picture.as<std::uint8_t>();
    CHECK(std::count_if(pixels.begin(), pixels.end(), [](int value) { return value < 128; }) >
          1000);
  }
}

TEST_CASE("a figure is a function of its options") {
  const Place place;
  for (const auto* more : {"--out a.svg", "--out b.svg", "--seed 2 --out c.svg"})
    REQUIRE(place.varve(fmt::format("figure ablation {} {}", quick, more)).code == 0);
  CHECK(place.read("a.svg") == place.read("b.svg"));
  CHECK(place.read("a.svg") != place.read("c.svg"));
  const Outcome loud = place.varve("figure vae-scatter --limit 128 --epochs 2 --progress plain");
  CHECK(loud.err.find("vae: 2 epochs of 128 examples") != std::string::npos);
  CHECK(loud.err.find("epoch 2/2") != std::string::npos);
}

TEST_CASE("figures that cannot be") {
  const Place place;
  check_error(place.varve("figure ablaton"), 2, "did you mean 'ablation'");
  check_error(place.varve("figure ablation --out ablation.pdf"), 2, ".png or .svg");
  check_error(place.varve("figure ablation --out none/ablation.png"), 7, "none/ablation.png");
  check_error(place.varve("figure ablation --data mnist"), 2, "--data-dir");
  check_error(place.varve("figure ablation --data npy:none.npy"), 3, "none.npy");
  check_error(place.varve("figure ablation --progress loud"), 2, "loud");
}
