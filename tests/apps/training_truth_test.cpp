#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/io/checkpoint.h"
#include "framework/io/csv.h"
#include "framework/io/npy.h"
#include "tests/apps/command.h"

using nlohmann::json;
using varve::Array;
using varve::DType;
using varve::test::check_error;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;
namespace fs = std::filesystem;

namespace {

Outcome train(const Place& place, std::string_view run, std::string_view more) {
  return place.varve(fmt::format("train {} --out {} {}", tiny, run, more));
}

double column(const Place& place, std::string_view run, std::string_view name, std::size_t row) {
  const auto table = varve::load_csv(place / fmt::format("{}/metrics.csv", run));
  const auto at = std::find(table.header.begin(), table.header.end(), name);
  REQUIRE(at != table.header.end());
  return static_cast<double>(
      table.values.as<float>()[row * table.header.size() +
                               static_cast<std::size_t>(at - table.header.begin())]);
}

/// `count` pictures of 8 x 8 whose values are `scale` times a pattern in [0, 1].
void save_pictures(const Place& place, std::string_view name, std::int64_t count, float scale) {
  Array images = Array::zeros({count, 8, 8}, DType::f32);
  auto values = images.as<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = scale * static_cast<float>(i * 7919 % 1000) / 999;
  varve::save_npy(place / name, images);
}

}  // namespace

TEST_CASE("with a KL weight that moves, every loss that is compared is of its last value") {
  const Place place;
  const Outcome done =
      train(place, "run", "--validation 0.25 --patience 1 --beta linear:0:1:8 --epochs 4");
  REQUIRE_MESSAGE(done.code == 0, done.err);
  // 384 examples are 3 steps an epoch: the last of 12 has beta 1, the first epoch is trained below.
  CHECK(contains(done.err, "note: a schedule moves"));
  CHECK(contains(done.err, "beta = 1"));
  CHECK(contains(done.err, "epochs from 4 on"));
  CHECK(contains(done.out, "(at beta = 1, the last of its schedule)"));
  for (const std::size_t epoch : {0, 1, 2, 3}) {
    const double sum =
        column(place, "run", "val_reconstruction", epoch) + column(place, "run", "val_kl", epoch);
    CHECK(column(place, "run", "val_loss", epoch) == doctest::Approx(sum).epsilon(1e-5));
  }
  CHECK(column(place, "run", "train_loss", 0) < column(place, "run", "train_reconstruction", 0) +
                                                    0.9 * column(place, "run", "train_kl", 0));
  for (const auto* which : {"best", "last"}) {
    const auto out =
        json::parse(place.varve(fmt::format("eval run --json --checkpoint {}", which)).out);
    CHECK(out["loss"].get<double>() ==
          doctest::Approx(out["reconstruction"].get<double>() + out["kl"].get<double>()));
    CHECK(contains(out["reductions"].get<std::string>(), "beta = 1"));
  }
  CHECK_FALSE(contains(train(place, "still", "").err, "schedule"));
}

TEST_CASE("a schedule is looked at as a whole, before anything is written") {
  const Place place;
  for (const std::string bad :
       {"--lr linear:0.001:-0.001:12 --epochs 4", "--lr -1", "--lr 0.1@3,-0.1 --epochs 4",
        "--lr exponential:1:1e30:1 --epochs 4", "--beta linear:1:-1:10 --epochs 4",
        "--model capacity-beta-vae --capacity linear:0:-5:4"}) {
    CAPTURE(bad);
    const Outcome refused = train(place, "run", bad);
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, "numbers from 0"));
    CHECK_FALSE(fs::exists(place / "run"));
  }
  check_error(train(place, "run", "--lr linear:0.001:-0.001:12 --epochs 4"), 2, "at step");
  CHECK(train(place, "run", "--lr linear:0.001:0:12 --epochs 4").code == 0);
}

TEST_CASE("shares of a run become steps, and stay so in a longer one") {
  const Place place;
  REQUIRE(train(place, "run", "--beta linear:0:1:50% --lr warmup:25%:0.001 --epochs 2").code == 0);
  const json config = json::parse(place.read("run/config.json"));
  CHECK(config["beta"] == "linear:0:1:4");
  CHECK(config["lr"] == "warmup:2:0.001");
  REQUIRE(place.varve("train --resume run --epochs 4 --progress none").code == 0);
  CHECK(json::parse(place.read("run/config.json"))["beta"] == "linear:0:1:4");
  check_error(train(place, "bad", "--beta linear:0:50%:10"), 2, "no number");
}

TEST_CASE("the last step is checked as all others: exit code 6, and its advice works") {
  const Place place;
  const Outcome wild = train(place, "run", "--limit 64 --lr 1e10");
  CHECK(wild.code == 6);
  CHECK(contains(wild.err, "weights after the step"));
  CHECK(contains(wild.err, "lower learning rate"));
  CHECK_FALSE(fs::exists(place / "run/checkpoints/LATEST"));
  const Outcome mended = place.varve("train --resume run --lr 0.001 --progress none");
  CHECK_MESSAGE(mended.code == 0, mended.err);
}

TEST_CASE("weights that make no finite numbers: exit code 6") {
  const Place place;
  REQUIRE(train(place, "run", "").code == 0);
  const auto folder = place / "run/checkpoints";
  auto checkpoint = varve::load_latest_checkpoint(folder).checkpoint;
  for (auto& [name, array] : checkpoint.model)
    for (float& value : array.as<float>()) value = 3e38F;
  ++checkpoint.state.step;
  varve::CheckpointWriter(folder).save(checkpoint);
  check_error(place.varve("eval run"), 6, "step-00000005");
  check_error(place.varve("report run"), 6, "step-00000005");
}

TEST_CASE("a loss that compares the examples of a batch refuses batches of one") {
  const Place place;
  for (const auto* model : {"info-vae", "wae-mmd", "dip-vae", "beta-tcvae", "factor-vae"}) {
    CAPTURE(model);
    check_error(train(place, "run", fmt::format("--model {} --batch-size 1", model)), 2,
                "take 2 or more");
    check_error(train(place, "run", fmt::format("--model {} --limit 1", model)), 3, "there is 1");
    CHECK_FALSE(fs::exists(place / "run"));
    // A last batch of one passes.
    const bool adversary = std::string_view(model) == "factor-vae";
    const Outcome passes = train(place, model,
                                 fmt::format("--model {} --batch-size 4 --limit 5 {}", model,
                                             adversary ? "--discriminator-width 8" : ""));
    CHECK_MESSAGE(passes.code == 0, passes.err);
  }
  CHECK(train(place, "vae", "--batch-size 1 --limit 3").code == 0);
}

TEST_CASE("data far from what networks expect are named, with the flag that mends them") {
  const Place place;
  save_pictures(place, "counts.npy", 60, 900);
  const std::string flags = "--data npy:counts.npy --limit 0 --likelihood gaussian ";
  const Outcome raw = train(place, "raw", flags + "--clip 1");
  CHECK_MESSAGE(raw.code == 0, raw.err);
  CHECK(contains(raw.err, "from 0 to 900"));
  CHECK(contains(raw.err, "--rescale auto"));
  const Outcome mended = train(place, "mended", flags + "--rescale auto");
  CHECK_MESSAGE(mended.code == 0, mended.err);
  CHECK_FALSE(contains(mended.err, "note"));
  CHECK(json::parse(place.read("mended/config.json"))["rescale"] == "0,900");
  CHECK(json::parse(place.read("mended/config.json"))["link"] == "sigmoid");
  CHECK(place.varve("eval mended").code == 0);
  CHECK(place.varve("eval mended --data npy:counts.npy --rescale 0,1000").code == 0);
  check_error(train(place, "bad", flags + "--rescale 1,0"), 2, "two numbers in order");
}

TEST_CASE("what the test split lacks is told before training") {
  const Place place;
  save_pictures(place, "five.npy", 5, 1);
  const Outcome few = train(place, "run", "--data npy:five.npy");
  CHECK(few.code == 3);
  CHECK_FALSE(fs::exists(place / "run"));
}

TEST_CASE("a resume that cannot learn says so, and takes another rate") {
  const Place place;
  REQUIRE(train(place, "run", "--lr cosine:0.001:0:4").code == 0);
  const auto before = place.weights("run");
  const Outcome idle = place.varve("train --resume run --epochs 2 --progress none");
  CHECK(idle.code == 0);
  CHECK(contains(idle.err, "the learning rate is 0 at all of the 4 steps to come"));
  CHECK(place.weights("run") == before);
  const Outcome again = place.varve(
      "train --resume run --epochs 3 --lr 0.001 --clip 1 "
      "--progress none");
  CHECK_MESSAGE(again.code == 0, again.err);
  CHECK(contains(again.err, "--lr is 0.001 from here on"));
  CHECK(contains(again.err, "--clip is 1.0 from here on"));
  CHECK(place.weights("run") != before);
  // And once more: the run is now one of this rate.
  const Outcome last = place.varve("train --resume run --epochs 4 --progress none");
  CHECK_MESSAGE(last.code == 0, last.err);
  CHECK_FALSE(contains(last.err, "from here on"));
}

TEST_CASE("other data under the same name are noticed") {
  const Place place;
  save_pictures(place, "a.npy", 60, 1);
  REQUIRE(train(place, "run", "--data npy:a.npy --limit 0").code == 0);
  REQUIRE(place.varve("eval run").code == 0);
  save_pictures(place, "a.npy", 60, 0.5F);
  check_error(place.varve("train --resume run --epochs 2"), 3, "is not what run was trained on");
  check_error(place.varve("eval run"), 3, "no longer what run was trained with");
  CHECK(place.varve("eval run --data npy:a.npy").code == 0);  // as the message says
  // The same data elsewhere are the same data.
  save_pictures(place, "b.npy", 60, 1);
  const Outcome moved =
      place.varve("train --resume run --epochs 2 --data npy:b.npy --progress none");
  CHECK_MESSAGE(moved.code == 0, moved.err);
}

TEST_CASE("paths of data mean the same from another folder") {
  const Place place;
  fs::create_directory(place / "d");
  save_pictures(place, "d/a.npy", 60, 1);
  save_pictures(place, "a.npy", 60, 0.5F);  // not to be mistaken for it
  REQUIRE(place
              .shell(fmt::format("cd d && \"$varve\" train {} --data npy:a.npy --limit 0 --out r",
                                 tiny))
              .code == 0);
  CHECK(place.varve("eval d/r").code == 0);
}

TEST_CASE("the figures of a metric are of the same examples") {
  const Place place;
  REQUIRE(train(place, "run", "").code == 0);
  const auto out = json::parse(place.varve("eval run --metrics elbo --limit 20 --json").out);
  const auto figures = out["metrics"]["elbo"]["figures"];
  CHECK(figures["images"] == 20);
  double sum = 0;
  for (const auto& nats : figures["kl_per_dimension"]) sum += nats.get<double>();
  CHECK(figures["kl"].get<double>() == doctest::Approx(sum).epsilon(1e-4));
  CHECK(figures["loss"] != out["loss"]);
}
