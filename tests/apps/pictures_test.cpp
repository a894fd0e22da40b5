#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "framework/io/image.h"
#include "tests/apps/command.h"

using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

/// Draws and looks at the file: its size, and whether anything is on the paper.
void check_picture(const Place& place, const std::string& arguments) {
  CAPTURE(arguments);
  const Outcome drawn = place.varve(arguments + " --out picture.png");
  REQUIRE_MESSAGE(drawn.code == 0, drawn.err);
  CHECK(drawn.out == "picture.png\n");
  const auto picture = varve::load_png(place / "picture.png");
  CHECK(picture.shape[0] > 50);
  CHECK(picture.shape[1] > 100);
  CHECK(picture.shape[2] == 3);
  const auto pixels = picture.as<std::uint8_t>();
  CHECK(std::count_if(pixels.begin(), pixels.end(), [](int value) { return value < 128; }) > 300);
}

}  // namespace

TEST_CASE("every picture of a run") {
  const Place place;
  const Outcome trained = place.varve(fmt::format("train {} --out run", tiny));
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
  for (const auto* arguments :
       {"reconstruct run", "reconstruct run --count 3 --split train", "sample run --count 7",
        "interpolate run", "interpolate run --spherical --pairs 2 --steps 2", "traverse run",
        "traverse run --dimensions 2 --steps 3 --range 1 --index 5", "manifold run",
        "manifold run --side 1", "latent run", "latent run --count 20"})
    check_picture(place, arguments);

  CHECK(place.varve("data digits --out digits.png").code == 0);
  CHECK(varve::load_png(place / "digits.png").shape[1] > 280);
  CHECK(place.varve("traverse run").out == "run/images/traversal.png\n");
  CHECK(place.varve("traverse run --index 2000").code == 2);
  CHECK(place.varve("sample run --count 0").code == 2);
  CHECK(place.varve("sample run --seed 1 --out a.png").code == 0);
  CHECK(place.varve("sample run --seed 2 --out b.png").code == 0);
  CHECK(place.varve("sample run --seed 1 --out c.png").code == 0);
  CHECK(place.read("a.png") != place.read("b.png"));
  CHECK(place.read("a.png") == place.read("c.png"));
}

TEST_CASE("codes of one and two dimensions, and without a prior") {
  const Place place;
  for (const std::string model : {"vae --latent 1", "vae --latent 2", "autoencoder --latent 2"}) {
    CAPTURE(model);
    const Outcome trained = place.shell(
        fmt::format("rm -rf run; \"$varve\" train {} --out run --model {}", tiny, model));
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    for (const auto* arguments : {"latent run", "manifold run", "traverse run"})
      check_picture(place, arguments);
  }
  const Outcome sampled = place.varve("sample run");
  CHECK(sampled.code == 2);
  CHECK(sampled.err.find("prior") != std::string::npos);
}
