#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "framework/io/csv.h"
#include "framework/io/image.h"
#include "tests/apps/command.h"

using varve::test::check_error;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("latent.csv has a row an epoch, the same ones after a resume") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train {} --epochs 3 --out whole", tiny)).code == 0);
  const auto table = varve::load_csv(place / "whole/latent.csv");
  CHECK(table.header ==
        std::vector<std::string>{"epoch", "sigma", "least_sigma", "greatest_sigma", "mu"});
  REQUIRE(table.values.shape[0] == 4);
  const auto values = table.values.as<float>();
  for (std::size_t row = 0; row < 4; ++row) {
    CHECK(values[5 * row] == row);
    CHECK(values[5 * row + 2] <= values[5 * row + 1]);
    CHECK(values[5 * row + 1] <= values[5 * row + 3]);
    CHECK(values[5 * row + 2] > 0);
  }
  CHECK(values[1] == doctest::Approx(1).epsilon(0.2));  // log sigma^2 is near 0 at first
  CHECK(values[16] < values[1]);

  REQUIRE(place.varve(fmt::format("train {} --epochs 2 --out parts", tiny)).code == 0);
  REQUIRE(place.varve("train --resume parts --epochs 3 --progress none").code == 0);
  CHECK(place.read("parts/latent.csv") == place.read("whole/latent.csv"));
  CHECK(place.weights("parts") == place.weights("whole"));

  REQUIRE(place.varve(fmt::format("train {} --model autoencoder --out points", tiny)).code == 0);
  CHECK_FALSE(std::filesystem::exists(place / "points/latent.csv"));
}

TEST_CASE("curves over epochs") {
  const Place place;
  for (const std::string more :
       {"--epochs 1", "--epochs 2 --validation 0.2", "--epochs 2 --model autoencoder"}) {
    CAPTURE(more);
    REQUIRE(
        place.shell(fmt::format("rm -rf run; \"$varve\" train {} {} --out run", tiny, more)).code ==
        0);
    const Outcome drawn = place.varve("curves run");
    REQUIRE_MESSAGE(drawn.code == 0, drawn.err);
    CHECK(drawn.out == "run/images/curves.png\n");
    CHECK(varve::load_png(place / "run/images/curves.png").shape[1] > 400);
  }
  std::filesystem::remove(place / "run/metrics.csv");
  check_error(place.varve("curves run"), 3, "metrics.csv");
  place.write("run/metrics.csv", "a,b\n1,2\n");
  check_error(place.varve("curves run"), 3, "epoch");
  check_error(place.varve("curves nowhere"), 3, "nowhere");
}

TEST_CASE("a report is one page that needs nothing else") {
  const Place place;
  for (const std::string model : {"vae", "autoencoder", "conditional-vae"}) {
    CAPTURE(model);
    REQUIRE(
        place
            .shell(fmt::format("rm -rf run; \"$varve\" train {} --model {} --out run", tiny, model))
            .code == 0);
    const Outcome done = place.varve("report run");
    REQUIRE_MESSAGE(done.code == 0, done.err);
    CHECK(done.out == "run/report.html\n");
    const std::string page = place.read("run/report.html");
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK(page.find(model + " on digits") != std::string::npos);
    CHECK(page.find("batch-size") != std::string::npos);
    CHECK(page.find("test reconstruction") != std::string::npos);
    CHECK(count(page, "<img ") == (model == "autoencoder" ? 7 : 9));  // without samples and KL
    CHECK(count(page, "<img ") == count(page, "src=\"data:image/"));
    for (const auto* outside : {"<script", "<link", "http:", "https:", "@import", "url("})
      CHECK_MESSAGE(count(page, outside) == 0, outside);
  }
  check_error(place.varve("report run --out page.txt"), 2, ".html");
  check_error(place.varve("report run --out none/page.html"), 7, "none/page.html");
  check_error(place.varve("report nowhere"), 3, "nowhere");
}
