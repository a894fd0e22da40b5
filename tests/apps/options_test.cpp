#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using varve::test::check_error;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

TEST_CASE("help and version") {
  const Place place;
  CHECK(place.varve("--version").out.starts_with("varve 0."));
  const Outcome help = place.varve("--help");
  CHECK(help.code == 0);
  for (const std::string command :
       {"train", "eval", "reconstruct", "sample", "interpolate", "traverse", "manifold", "latent",
        "models", "devices", "data", "bench"}) {
    CAPTURE(command);
    CHECK(contains(help.out, "  " + command));
    const Outcome own = place.varve(command + " --help");
    CHECK(own.code == 0);
    CHECK(contains(own.out, "Example:\n  varve " + command));
  }
}

TEST_CASE("unknown names: exit code 2 and the nearest name") {
  const Place place;
  check_error(place.varve("trian"), 2, "did you mean 'train'?");
  check_error(place.varve("--versoin"), 2, "did you mean '--version'?");
  check_error(place.varve(""), 2, "--help");
  check_error(place.varve("train --epoch 3"), 2, "did you mean '--epochs'?");
  check_error(place.varve("train --epoch=3"), 2, "did you mean '--epochs'?");
  check_error(place.varve("train --model veh"), 2, "did you mean 'vae'?");
  check_error(place.varve("train --arch cnv"), 2, "did you mean 'conv'?");
  check_error(place.varve("train --data digit"), 2, "did you mean 'digits'?");
  check_error(place.varve("train --backend cpuu"), 2, "did you mean 'cpu'?");
  check_error(place.varve("train --likelihood bernouli"), 2, "did you mean 'bernoulli'?");
  check_error(place.varve("train --binarize dynamics"), 2, "did you mean 'dynamic'?");
  check_error(place.varve("train --progress bra"), 2, "bar");
  check_error(place.varve("train digits"), 2, "unexpected argument 'digits'");
  check_error(place.varve("bench trian"), 2, "did you mean 'train'?");
  check_error(place.varve("data digit"), 2, "did you mean 'digits'?");
}

TEST_CASE("values that cannot be") {
  const Place place;
  check_error(place.varve("train --epochs many"), 2, "--epochs");
  check_error(place.varve("train --epochs 0"), 2, "--epochs must be at least 1");
  check_error(place.varve("train --batch-size -3"), 2, "batch-size");
  check_error(place.varve("train --latent 99999999999999999999"), 2, "at most");
  check_error(place.varve("train --clip inf"), 2, "--clip");
  check_error(place.varve("train --sigma nan"), 2, "--sigma");
  check_error(place.varve("train --hidden 400,x"), 2, "--hidden: '400,x'");
  check_error(place.varve("train --hidden 400,0"), 2, "--hidden must be at least 1");
  check_error(place.varve("train --lr fast"), 2, "fast");
  check_error(place.varve("train --beta -1"), 2, "beta");
  check_error(place.varve("train --latent"), 2, "--latent");
  check_error(place.varve("train --validation 12000"), 2, "--validation");
  check_error(place.varve("train --validation half"), 2, "--validation");
  check_error(place.varve("train --threads 2 --backend reference"), 2, "--threads");
  check_error(place.varve("train --model autoencoder --beta 4"), 2, "--beta");
  CHECK_FALSE(std::filesystem::exists(place / "runs"));
}

TEST_CASE("a flag beats the environment, which beats the configuration, which beats the default") {
  const Place place;
  place.write("config.json", R"({"epochs": 2, "batch-size": 100, "hidden": [16, 8], "lr": 0.002})");
  const Outcome done = place.shell(fmt::format(
      "VARVE_BATCH_SIZE=50 VARVE_SEED=7 VARVE_LATENT=9 \"$varve\" train --limit 200 --latent 3 "
      "--config config.json --out run --progress none"));
  REQUIRE_MESSAGE(done.code == 0, done.err);
  const auto config = nlohmann::json::parse(place.read("run/config.json"));
  CHECK(config["latent"] == 3);                               // flag, not environment
  CHECK(config["batch-size"] == 50);                          // environment, not file
  CHECK(config["seed"] == 7);                                 // environment, not default
  CHECK(config["epochs"] == 2);                               // file, not default
  CHECK(config["hidden"] == nlohmann::json::array({16, 8}));  // file
  CHECK(config["lr"] == 0.002);                               // file
  CHECK(config["model"] == "vae");                            // default
}

TEST_CASE("of a flag that stands twice, the last counts") {
  const Place place;
  CHECK(place
            .varve("train --limit 64 --hidden 4 --epochs 7 --progress none --out run --epochs 1 "
                   "--hidden 5,6")
            .code == 0);
  const auto config = nlohmann::json::parse(place.read("run/config.json"));
  CHECK(config["epochs"] == 1);
  CHECK(config["hidden"] == nlohmann::json::array({5, 6}));
}

TEST_CASE("a configuration that cannot be") {
  const Place place;
  check_error(place.varve("train --config none.json"), 3, "none.json");
  place.write("config.json", "{");
  check_error(place.varve("train --config config.json"), 3, "config.json");
  place.write("config.json", "[1, 2]");
  check_error(place.varve("train --config config.json"), 3, "config.json");
  place.write("config.json", R"({"epoch": 3})");
  check_error(place.varve("train --config config.json"), 2, "did you mean 'epochs'?");
  place.write("config.json", R"({"epochs": "many"})");
  check_error(place.varve("train --config config.json"), 2, "config.json sets epochs to 'many'");
  check_error(place.shell("VARVE_EPOCHS=many \"$varve\" train"), 2, "VARVE_EPOCHS");
}
