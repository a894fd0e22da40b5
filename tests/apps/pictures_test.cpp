#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "framework/io/image.h"
#include "framework/io/npy.h"
#include "tests/apps/command.h"

using varve::test::check_error;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

void train(const Place& place, const std::string& more = "") {
  const Outcome trained =
      place.shell(fmt::format("rm -rf run; \"$varve\" train {} --out run {}", tiny, more));
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
}

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

/// The photographs that an SVG holds, as text.
std::set<std::string> images_of(const std::string& svg) {
  const std::string mark = "data:image/png;base64,";
  std::set<std::string> images;
  for (auto at = svg.find(mark); at != std::string::npos; at = svg.find(mark, at + 1))
    images.insert(svg.substr(at, svg.find('"', at) - at));
  return images;
}

std::set<std::string> draw_images(const Place& place, const std::string& arguments) {
  const Outcome drawn = place.varve(arguments + " --out picture.svg");
  REQUIRE_MESSAGE(drawn.code == 0, drawn.err);
  return images_of(place.read("picture.svg"));
}

/// How many frames a GIF has, by the structure of its blocks; -1 if it has none.
int count_frames(const std::string& gif) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(gif.at(at)); };
  std::size_t at = 10;
  const auto skip_colors = [&] {
    if ((byte(at) & 0x80U) != 0) at += std::size_t{3} << ((byte(at) & 7U) + 1);
  };
  skip_colors();
  at += 3;
  int frames = 0;
  while (byte(at) != 0x3B) {
    if (byte(at) == 0x2C) {  // an image, with a byte of code size before its data
      ++frames;
      at += 9;
      skip_colors();
      at += 2;
    } else if (byte(at) == 0x21) {  // an extension
      at += 2;
    } else {
      return -1;
    }
    while (byte(at) != 0) at += 1U + byte(at);
    ++at;
  }
  return at + 1 == gif.size() ? frames : -1;
}

}  // namespace

TEST_CASE("every picture of a run") {
  const Place place;
  train(place);
  for (const auto* arguments :
       {"reconstruct run", "reconstruct run --count 3 --split train", "sample run --count 7",
        "interpolate run", "interpolate run --path spherical --pairs 2 --steps 2",
        "interpolate run --path both --pairs 2", "traverse run",
        "traverse run --dimensions 2 --steps 3 --range 1 --index 5", "manifold run",
        "manifold run --side 1", "latent run", "latent run --count 20 --draws", "mix run",
        "mix run --rows 1 --columns 1 --share 0.25", "kl run"})
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

TEST_CASE("the same pictures as SVG") {
  const Place place;
  train(place);
  for (const auto* arguments : {"reconstruct run --count 3", "latent run --count 30", "kl run"}) {
    CAPTURE(arguments);
    const Outcome drawn = place.varve(fmt::format("{} --out picture.svg", arguments));
    REQUIRE_MESSAGE(drawn.code == 0, drawn.err);
    const std::string svg = place.read("picture.svg");
    CHECK(svg.starts_with("<?xml"));
    CHECK(svg.find("<title>vae on digits") != std::string::npos);
    CHECK(svg.ends_with("</svg>\n"));
  }
}

TEST_CASE("interpolations and blends begin and end at the mean codes") {
  const Place place;
  train(place);
  const auto ends = draw_images(place, "reconstruct run --count 2");  // two examples, two decoded
  REQUIRE(ends.size() == 4);
  for (const auto* path : {"straight", "spherical"}) {
    const auto way =
        draw_images(place, fmt::format("interpolate run --pairs 1 --steps 3 --path {}", path));
    CHECK(way.size() == 5);
    CHECK(std::includes(way.begin(), way.end(), ends.begin(), ends.end()));
  }
  for (const auto* share : {"0", "1"}) {  // the column's code, the row's code
    const auto blend =
        draw_images(place, fmt::format("mix run --rows 1 --columns 1 --share {}", share));
    CHECK(blend.size() == 3);
    CHECK(std::includes(ends.begin(), ends.end(), blend.begin(), blend.end()));
  }
}

TEST_CASE("an animated traversal") {
  const Place place;
  train(place);
  const Outcome drawn = place.varve("traverse run --steps 3 --out moving.gif");
  if (drawn.code != 0) return check_error(drawn, 2, "built without giflib");
  const std::string gif = place.read("moving.gif");
  CHECK(gif.starts_with("GIF89a"));
  CHECK(gif.find("NETSCAPE2.0") != std::string::npos);
  CHECK(count_frames(gif) == 7 + 5);  // there, and back without the ends

  // Photographs in colour have more colours than a GIF.
  varve::Array images = varve::Array::zeros({24, 8, 8, 3}, varve::DType::u8);
  auto bytes = images.as<std::uint8_t>();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  varve::save_npy(place / "colours.npy", images);
  train(place, "--data npy:colours.npy");
  REQUIRE(place.varve("traverse run --out colours.gif").code == 0);
  CHECK(count_frames(place.read("colours.gif")) == 25 + 23);
}

TEST_CASE("codes of one and two dimensions, and without a prior") {
  const Place place;
  for (const std::string model :
       {"--model vae --latent 1", "--model vae --latent 2", "--model autoencoder --latent 2"}) {
    CAPTURE(model);
    train(place, model);
    for (const auto* arguments : {"latent run", "manifold run", "traverse run", "mix run"})
      check_picture(place, arguments);
  }
  check_error(place.varve("sample run"), 2, "prior");
  check_error(place.varve("kl run"), 2, "KL term");
}

TEST_CASE("a model that draws by class") {
  const Place place;
  train(place, "--model conditional-vae");
  for (const auto* arguments :
       {"reconstruct run", "sample run --count 30", "interpolate run --pairs 2", "traverse run",
        "manifold run --side 3", "latent run", "mix run", "kl run"})
    check_picture(place, arguments);
}

TEST_CASE("data without labels") {
  const Place place;
  varve::Array images = varve::Array::zeros({120, 8, 8, 1}, varve::DType::f32);
  auto values = images.as<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 100) / 100;
  varve::save_npy(place / "plain.npy", images);
  for (const auto* latent : {"1", "2", "3"}) {
    train(place, fmt::format("--data npy:plain.npy --latent {}", latent));
    check_picture(place, "latent run");
  }
  check_error(place.varve("figure clusters --data npy:plain.npy"), 3, "no labels");
}

TEST_CASE("pictures that cannot be") {
  const Place place;
  train(place);
  check_error(place.varve("sample run --out picture.jpg"), 2, ".png or .svg");
  check_error(place.varve("sample run --out picture"), 2, ".png or .svg");
  check_error(place.varve("sample run --out picture.gif"), 2, "traverse");
  check_error(place.varve("sample run --out none/picture.svg"), 7, "none/picture.svg");
  check_error(place.varve("curves run --out none/picture.svg"), 7, "none/picture.svg");
  check_error(place.varve("data digits --out digits.jpg"), 2, ".png or .svg");
  check_error(place.varve("interpolate run --path stright"), 2, "did you mean 'straight'");
  check_error(place.varve("mix run --share 1.5"), 2, "--share");
  check_error(place.varve("mix run --rows 1000 --columns 1"), 2, "pixels");
}
