#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/io/npy.h"
#include "tests/apps/command.h"

// Messages that name a remedy, and what comes of following it.

using nlohmann::json;
using varve::Array;
using varve::DType;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

/// A command that fails, or notes something, the remedy that it names, and commands that follow it.
struct Remedy {
  std::string command;
  std::string named;
  std::vector<std::string> followed;
};

void check(const Place& place, const Remedy& remedy) {
  CAPTURE(remedy.command);
  const Outcome told = place.varve(remedy.command);
  CHECK_MESSAGE(told.code != 0, told.out);
  CHECK_MESSAGE(contains(told.err, remedy.named), told.err);
  for (const auto& command : remedy.followed) {
    CAPTURE(command);
    const Outcome done = place.varve(command);
    CHECK_MESSAGE(done.code == 0, done.err);
  }
}

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

TEST_CASE("remedies of refused commands work") {
  const Place place;
  Array bright = Array::zeros({60, 8, 8}, DType::f32);
  for (std::size_t i = 0; i < bright.as<float>().size(); ++i)
    bright.as<float>()[i] = static_cast<float>(i % 256);
  varve::save_npy(place / "bright.npy", bright);
  const std::string train = fmt::format("train {} ", tiny);
  const std::string data = train + "--limit 0 --data npy:bright.npy ";
  REQUIRE(place.varve(train + "--out run").code == 0);
  REQUIRE(place.varve(train + "--model autoencoder --out points").code == 0);

  const std::vector<Remedy> remedies{
      {train + "--out run", "--resume run", {"train --resume run --epochs 2 --progress none"}},
      {train + "--out run", "another --out", {train + "--out another"}},
      {data + "--out r1",
       "--rescale auto, or take --likelihood gaussian",
       {data + "--rescale auto --out r1", data + "--likelihood gaussian --out r2"}},
      {data + "--binarize static --out r3",
       "--rescale auto, or take --binarize none",
       {data + "--binarize static --rescale auto --out r3",
        data + "--binarize none --likelihood gaussian --out r4"}},
      {data + "--likelihood gaussian --link sigmoid --out r5",
       "--rescale auto, or take --link identity",
       {data + "--likelihood gaussian --link sigmoid --rescale auto --out r5",
        data + "--likelihood gaussian --link identity --out r6"}},
      {train + "--link sigmoid --out r7", "leave it out", {train + "--out r7"}},
      {train + "--model info-vae --batch-size 1 --out r8",
       "take 2 or more",
       {train + "--model info-vae --batch-size 2 --limit 8 --out r8"}},
      {train + "--free-bits 1 --posterior full --out r9",
       "--posterior diagonal or isotropic",
       {train + "--free-bits 1 --posterior diagonal --out r9",
        train + "--free-bits 1 --posterior isotropic --out r10"}},
      {train + "--model info-vae --alpha -5 --lambda 2 --out r11",
       "at least 1",
       {train + "--model info-vae --alpha -5 --lambda 6 --out r11"}},
      {train + "--validation 512 --out r12",
       "hold out fewer",
       {train + "--validation 100 --out r12"}},
      {train + "--validation x --out r13",
       "0.1 or a number such as 5000",
       {train + "--validation 0.1 --out r13"}},
      {train + "--rescale 3 --out r14",
       "0,255, or auto or none",
       {train + "--rescale 0,255 --out r14", train + "--rescale auto --out r15",
        train + "--rescale none --out r16"}},
      {"train --resume run --out b",
       "leave out --out",
       {"train --resume run --epochs 3 --progress none"}},
      {train + "--threads 2 --backend reference --out r17",
       "leave it out",
       {"train --limit 40 --epochs 1 --hidden 4 --progress none --backend reference --out r17"}},
      {train + "--beta linear:0:1 --out r18",
       "linear:START:END:STEPS",
       {train + "--beta linear:0:1:10 --out r18"}},
      {"eval run --metrics ebo", "did you mean 'elbo'", {"eval run --metrics elbo"}},
      {"sample points", "train a vae", {"sample run --count 4"}},
      {"sample run --out x.jpg",
       ".png or .svg",
       {"sample run --count 4 --out x.png", "sample run --count 4 --out x.svg"}},
      {"eval run --metrics restoration",
       "--spoilt-by RUN",
       {train + "--model denoising-autoencoder --out clean",
        "eval run --metrics restoration --limit 50 --spoilt-by clean"}},
      {"traverse run --index 100000", "counted from 0", {"traverse run --index 0"}},
  };
  for (const auto& remedy : remedies) check(place, remedy);
}

TEST_CASE("remedies of numbers that are not finite: a lower rate, or clipping") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train {} --epochs 2 --out run", tiny)).code == 0);
  const Outcome wild = place.varve("train --resume run --epochs 4 --lr 1e12 --progress none");
  REQUIRE(wild.code == 6);
  CHECK(contains(wild.err, "the last good checkpoint is run/checkpoints/step-00000008; resume"));
  const Outcome lower = place.varve("train --resume run --epochs 3 --lr 0.0001 --progress none");
  CHECK_MESSAGE(lower.code == 0, lower.err);
  const Outcome clipped =
      place.varve("train --resume run --epochs 4 --lr 0.001 --clip 1 --progress none");
  CHECK_MESSAGE(clipped.code == 0, clipped.err);
}

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
