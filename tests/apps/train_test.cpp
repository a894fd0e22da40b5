#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using varve::test::check_error;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;
namespace fs = std::filesystem;

namespace {

Outcome train(const Place& place, std::string_view run, std::string_view more = "") {
  return place.varve(fmt::format("train {} --out {} {}", tiny, run, more));
}

}  // namespace

TEST_CASE("a run leaves configuration, metrics, a checkpoint and pictures") {
  const Place place;
  const Outcome done = train(place, "run");
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(contains(done.out, "test loss"));
  CHECK(contains(done.out, "run/images"));
  CHECK(contains(place.read("run/metrics.csv"), "epoch,step,"));
  for (const auto* name : {"reconstruction", "samples", "latent", "manifold"})
    CHECK(fs::exists(place / fmt::format("run/images/{}.png", name)));

  const auto config = nlohmann::json::parse(place.read("run/config.json"));
  CHECK(config["model"] == "vae");
  CHECK(config["latent"] == 4);
  CHECK(config["backend"] == "cpu");
  CHECK(config["beta"] == 1);
  CHECK(contains(config["reductions"].get<std::string>(), "mean over the batch"));
}

TEST_CASE("without --out runs are numbered") {
  const Place place;
  CHECK(place.varve(fmt::format("train {}", tiny)).code == 0);
  CHECK(place.varve(fmt::format("train {}", tiny)).code == 0);
  CHECK(fs::exists(place / "runs/vae-digits-1/config.json"));
  CHECK(fs::exists(place / "runs/vae-digits-2/config.json"));
}

TEST_CASE("a folder that holds a run is not written over") {
  const Place place;
  CHECK(train(place, "run").code == 0);
  const auto before = place.weights("run");
  const Outcome again = train(place, "run", "--seed 2");
  CHECK(again.code == 2);
  CHECK(contains(again.err, "--resume run"));
  CHECK(place.weights("run") == before);
}

TEST_CASE("the same bits: again, from config.json, by threads, eagerly; not from another seed") {
  const Place place;
  CHECK(train(place, "first").code == 0);
  const auto weights = place.weights("first");
  CHECK(place.varve("train --config first/config.json --out repeated --progress none").code == 0);
  CHECK(place.weights("repeated") == weights);
  CHECK(train(place, "one", "--threads 1").code == 0);
  CHECK(place.weights("one") == weights);
  CHECK(train(place, "two", "--threads 2").code == 0);
  CHECK(place.weights("two") == weights);
  CHECK(train(place, "eager", "--eager").code == 0);
  CHECK(place.weights("eager") == weights);
  CHECK(train(place, "other", "--seed 2").code == 0);
  CHECK(place.weights("other") != weights);
}

TEST_CASE("a resumed run ends with the bits of one that was not interrupted") {
  const Place place;
  CHECK(train(place, "whole", "--epochs 3").code == 0);

  SUBCASE("after fewer epochs") {
    CHECK(train(place, "parts", "--epochs 1").code == 0);
    CHECK(place.weights("parts") != place.weights("whole"));
    const Outcome resumed = place.varve("train --resume parts --epochs 3 --progress none");
    CHECK_MESSAGE(resumed.code == 0, resumed.err);
    CHECK(place.weights("parts") == place.weights("whole"));
  }
  SUBCASE("after SIGTERM") {
    const Outcome stopped = place.shell(fmt::format(
        "\"$varve\" train {} --epochs 100000 --out parts & child=$!\n"
        "until [ -e parts/checkpoints/LATEST ] || ! kill -0 $child; do sleep 0.01; done\nkill "
        "-TERM $child\nwait $child",
        tiny));
    CHECK_MESSAGE(stopped.code == 143, stopped.err);
    CHECK(contains(stopped.err, "--resume parts"));
    const Outcome resumed = place.varve("train --resume parts --epochs 3 --progress none");
    CHECK_MESSAGE(resumed.code == 0, resumed.err);
  }
  SUBCASE("after SIGKILL") {
    const Outcome killed = place.shell(fmt::format(
        "\"$varve\" train {} --epochs 3 --out parts & child=$!\n"
        "until [ -e parts/checkpoints/LATEST ] || ! kill -0 $child; do sleep 0.001; done\nkill "
        "-KILL $child\nwait $child",
        tiny));
    CHECK((killed.code == 137 || killed.code == 0));  // 0: it was faster
    const Outcome resumed = place.varve("train --resume parts --progress none");
    CHECK_MESSAGE(resumed.code == 0, resumed.err);
    CHECK(place.weights("parts") == place.weights("whole"));
  }
}

TEST_CASE("a resume keeps what the weights depend on") {
  const Place place;
  CHECK(train(place, "run").code == 0);
  const Outcome other = place.varve("train --resume run --batch-size 64 --progress none");
  CHECK(other.code == 2);
  CHECK(contains(other.err, "batch-size"));
  CHECK(place.varve("train --resume run --out elsewhere").code == 2);
  CHECK(place.varve("train --resume nowhere").code == 3);
}

TEST_CASE("averaged weights are trained alongside, and are what is looked at") {
  const Place place;
  const auto loss_of = [](const Outcome& outcome) {
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return nlohmann::json::parse(outcome.out)["loss"].get<double>();
  };
  const double plain = loss_of(train(place, "plain", "--json"));
  const double averaged = loss_of(train(place, "averaged", "--json --ema 0.5"));
  CHECK(place.weights("averaged") == place.weights("plain"));
  CHECK(averaged != plain);
  CHECK(loss_of(place.varve("eval averaged --json")) == averaged);
  check_error(place.varve("train --ema 1"), 2, "--ema");
}

TEST_CASE("held-out examples, schedules, clipping and other models train") {
  const Place place;
  CHECK(train(place, "a",
              "--validation 0.25 --patience 2 --clip 5 --beta linear:0:1:4 "
              "--lr warmup:2:cosine:0.002:0.0001:8 --binarize dynamic")
            .code == 0);
  CHECK(contains(place.read("a/metrics.csv"), "val_loss"));
  CHECK(train(place, "b", "--model autoencoder --likelihood gaussian --sigma 0.3").code == 0);
  CHECK_FALSE(fs::exists(place / "b/images/samples.png"));
  CHECK(place
            .varve("train --arch conv --filters 8 --limit 128 --epochs 1 --latent 4 --out c "
                   "--likelihood continuous-bernoulli --progress none")
            .code == 0);
  CHECK(train(place, "d", "--verify reference --check --trace=trace.json --limit 130").code == 0);
  CHECK(nlohmann::json::parse(place.read("trace.json")).contains("traceEvents"));
}
