#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/io/checkpoint.h"
#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::check_error;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

Outcome train(const Place& place, std::string_view arguments) {
  return place.varve(fmt::format("train {} {}", tiny, arguments));
}

json config_of(const Place& place, std::string_view run) {
  return json::parse(place.read(fmt::format("{}/config.json", run)));
}

}  // namespace

TEST_CASE("models are listed and described, with paper, options and defaults") {
  const Place place;
  const Outcome list = place.varve("models");
  const Outcome one = place.varve("models capacity-beta-vae");
  CHECK(contains(one.out, "Burgess et al. 2018"));
  CHECK(contains(one.out, "--gamma X"));
  CHECK(contains(one.out, "default: linear:0:25:33%"));
  const json all = json::parse(place.varve("models --json").out);
  for (const auto& model : all) {
    const auto name = model["name"].get<std::string>();
    CAPTURE(name);
    CHECK(contains(list.out, name + " "));
    const json alone = json::parse(place.varve("models --json " + name).out);
    CHECK(alone == model);
    for (const auto& option : model["options"]) CHECK_FALSE(option["default"].is_null());
  }
  check_error(place.varve("models vea"), 2, "did you mean 'vae'?");
}

TEST_CASE("an option that is not for the model: what the model takes, and whose it is") {
  const Place place;
  check_error(place.varve("train --model vae --gama 3"), 2, "did you mean '--gamma'?");
  for (const auto* part : {"--gamma means nothing to the model 'vae'", "They take --beta",
                           "--gamma is for", "capacity-beta-vae"})
    check_error(place.varve("train --model vae --gamma 3"), 2, part);
  check_error(place.varve("train --model autoencoder --beta 1"), 2, "--beta is for vae");
  check_error(place.varve("train --arch conv --hidden 32"), 2, "--hidden is for --arch mlp");
  check_error(place.varve("train --arch mlp --filters 32"), 2, "--filters is for --arch conv");
  check_error(place.varve("train --arch conv --filters 32,x"), 2, "a list of whole numbers");
  check_error(place.varve("train --arch cnv"), 2, "did you mean 'conv'?");
  check_error(place.varve("train --model dip-vae --lambda 3"), 2, "did you mean '--lambda-d'?");
}

TEST_CASE("values out of bounds: the flag and what it takes") {
  const Place place;
  check_error(place.varve("train --model capacity-beta-vae --gamma -1"), 2, "--gamma -1");
  check_error(place.varve("train --model iwae --samples 1.5"), 2, "a whole number of at least 1");
  check_error(place.varve("train --model vae --posterior fulll"), 2, "did you mean 'full'?");
  check_error(place.varve("train --model beta-vae --beta slow"), 2, "--beta");
  check_error(place.varve("train --model denoising-autoencoder --noise-level 2"), 2, "from 0 to 1");
  check_error(place.varve("train --model vq-vae --decay 1"), 2, "--decay");
  CHECK_FALSE(std::filesystem::exists(place / "runs"));
}

TEST_CASE("the configuration holds the model's own options alone, and repeats the run") {
  const Place place;
  const Outcome first = train(place,
                              "--model capacity-beta-vae --gamma 10 --capacity linear:1:5:4 "
                              "--out first");
  REQUIRE_MESSAGE(first.code == 0, first.err);
  const json config = config_of(place, "first");
  CHECK(config["gamma"] == 10);
  CHECK(config["capacity"] == "linear:1:5:4");
  CHECK_FALSE(config.contains("beta"));
  CHECK(config["classes"] == 10);
  CHECK(config["examples"] == 512);

  CHECK(place.varve("train --config first/config.json --out again --progress none").code == 0);
  CHECK(place.weights("again") == place.weights("first"));
  // Another model takes from the same file what is for it.
  CHECK(place.varve("train --config first/config.json --model vae --out other --progress none")
            .code == 0);
  CHECK_FALSE(config_of(place, "other").contains("gamma"));
  CHECK(config_of(place, "other")["beta"] == 1);
  // The schedule stands where the last of four steps left it.
  CHECK(json::parse(place.varve("eval first --json").out)["capacity"] == doctest::Approx(4));
}

TEST_CASE("an option may come from the environment") {
  const Place place;
  const Outcome done = place.shell(fmt::format(
      "VARVE_SAMPLES=3 VARVE_FREE_BITS=0.5 \"$varve\" train {} --model vae --out run", tiny));
  REQUIRE_MESSAGE(done.code == 0, done.err);
  CHECK(config_of(place, "run")["samples"] == 3);
  CHECK(config_of(place, "run")["free-bits"] == 0.5);
}

TEST_CASE("a resume keeps a model's options, and goes on with runs that knew fewer") {
  const Place place;
  REQUIRE(train(place, "--model beta-vae --beta 2 --epochs 2 --out whole").code == 0);
  REQUIRE(train(place, "--model beta-vae --beta 2 --out run").code == 0);
  check_error(place.varve("train --resume run --beta 3 --epochs 2"), 2, "trained with beta = 2");
  check_error(place.varve("train --resume run --posterior full --epochs 2"), 2, "posterior");

  // As an earlier version would have left it: without an option that has come since.
  const auto folder = place / "run/checkpoints";
  auto checkpoint = varve::load_latest_checkpoint(folder).checkpoint;
  const std::string known = "\"free-bits\":0,";
  const auto at = checkpoint.state.configuration.find(known);
  REQUIRE(at != std::string::npos);
  checkpoint.state.configuration.erase(at, known.size());
  varve::CheckpointWriter(folder).save(checkpoint);
  json config = config_of(place, "run");
  config.erase("free-bits");
  place.write("run/config.json", config.dump());

  check_error(place.varve("train --resume run --epochs 2 --free-bits 1"), 2, "free-bits");
  const Outcome resumed = place.varve("train --resume run --epochs 2 --progress none");
  CHECK_MESSAGE(resumed.code == 0, resumed.err);
  CHECK(place.weights("run") == place.weights("whole"));
  CHECK_FALSE(config_of(place, "run").contains("free-bits"));
}

TEST_CASE("every kind of model trains, resumes and is looked at from the command line") {
  const Place place;
  for (const std::string model :
       {"conditional-vae", "denoising-autoencoder", "factor-vae --discriminator-width 16",
        "vamp-prior-vae --pseudo-inputs 10", "vq-vae --codebook 16 --positions 4"}) {
    CAPTURE(model);
    const std::string run = model.substr(0, model.find(' '));
    const std::string flags = "--model " + model + " --epochs 2";
    REQUIRE(train(place, flags + " --out whole-" + run).code == 0);
    REQUIRE(train(place, "--model " + model + " --out " + run).code == 0);
    const Outcome resumed = place.varve("train --resume " + run + " --epochs 2 --progress none");
    CHECK_MESSAGE(resumed.code == 0, resumed.err);
    CHECK(place.weights(run) == place.weights("whole-" + run));
    const Outcome measured = place.varve("eval --json " + run);
    CHECK_MESSAGE(measured.code == 0, measured.err);
    CHECK(json::parse(measured.out).contains("reconstruction"));
    const bool has_prior = run != "denoising-autoencoder";
    CHECK(place.varve("sample --count 4 " + run).code == (has_prior ? 0 : 2));
  }
}
