#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;

namespace {

json findings_of(const Place& place, std::string_view run) {
  const Outcome looked = place.varve(fmt::format("doctor {} --json", run));
  REQUIRE_MESSAGE(looked.code == 0, looked.err);
  return json::parse(looked.out)["findings"];
}

bool finds(const json& findings, std::string_view name) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const json& finding) { return finding["name"] == name; });
}

std::string remedy_of(const json& findings, std::string_view name) {
  for (const auto& finding : findings)
    if (finding["name"] == name) return finding["remedy"].get<std::string>();
  return {};
}

}  // namespace

TEST_CASE("remedies of the doctor: a sigma far from what the decoder leaves over") {
  const Place place;
  const std::string flags =
      "train --limit 2000 --epochs 4 --hidden 64 --latent 8 --progress none "
      "--likelihood gaussian ";
  REQUIRE(place.varve(flags + "--sigma 1 --out wide").code == 0);
  const json wide = findings_of(place, "wide");
  REQUIRE(finds(wide, "far-sigma"));
  const std::string remedy = remedy_of(wide, "far-sigma");
  const std::string sigma = remedy.substr(0, remedy.find(','));  // "--sigma 0.21"
  REQUIRE(sigma.starts_with("--sigma 0."));
  REQUIRE(place.varve(flags + sigma + " --out fitting").code == 0);
  CHECK_FALSE(finds(findings_of(place, "fitting"), "far-sigma"));
  for (const auto* likelihood : {"optimal-sigma", "learned-sigma"}) {
    CHECK(contains(remedy, likelihood));
    REQUIRE(place.varve(fmt::format("{} --likelihood {} --out {}", flags, likelihood, likelihood))
                .code == 0);
    CHECK_FALSE(finds(findings_of(place, likelihood), "far-sigma"));
  }
}

TEST_CASE("remedies of the doctor: a collapse, under the model's own prior") {
  const Place place;
  const std::string flags =
      "train --limit 1000 --epochs 12 --hidden 32 --latent 4 --batch-size 32 "
      "--progress none ";
  for (const std::string model : {"vae", "vamp-prior-vae --pseudo-inputs 10"}) {
    CAPTURE(model);
    const std::string run = model.substr(0, model.find(' '));
    REQUIRE(place.varve(flags + "--model " + model + " --beta 10000 --out " + run).code == 0);
    const json found = findings_of(place, run);
    REQUIRE(finds(found, "posterior-collapse"));
    const std::string remedy = remedy_of(found, "posterior-collapse");
    CHECK_FALSE(contains(found.dump(), "harmless"));
    CHECK(contains(remedy, "--free-bits") == (run == "vae"));
    REQUIRE(contains(remedy, "--beta linear:0:1:50%"));
    REQUIRE(contains(remedy, "--beta 0.5"));
    for (const auto* beta : {"linear:0:1:50%", "0.5"}) {
      REQUIRE(place
                  .varve(fmt::format("{} --model {} --beta {} --out mended-{}-{:.1s}", flags, model,
                                     beta, run, beta))
                  .code == 0);
      CHECK_FALSE(finds(findings_of(place, fmt::format("mended-{}-{:.1s}", run, beta)),
                        "posterior-collapse"));
    }
  }
}
