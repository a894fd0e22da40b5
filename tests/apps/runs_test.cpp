#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::check_error;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;
namespace fs = std::filesystem;

TEST_CASE("several runs that begin at once have a folder each") {
  const Place place;
  const Outcome all = place.shell(fmt::format(
      "for seed in 1 2 3 4; do \"$varve\" train {} --limit 64 --seed $seed & done; wait", tiny));
  CHECK_MESSAGE(all.err.empty(), all.err);
  std::set<int> seeds;
  for (int i = 1; i <= 4; ++i) {
    const auto config = json::parse(place.read(fmt::format("runs/vae-digits-{}/config.json", i)));
    seeds.insert(config["seed"].get<int>());
    CHECK(fs::exists(place / fmt::format("runs/vae-digits-{}/images/latent.png", i)));
  }
  CHECK(seeds.size() == 4);
}

TEST_CASE("a second writer of a folder is refused, and the first goes on") {
  const Place place;
  const Outcome both = place.shell(
      fmt::format("\"$varve\" train {0} --epochs 100000 --out same & first=$!\n"
                  "until [ -e same/checkpoints/LATEST ] || ! kill -0 $first; do sleep 0.01; done\n"
                  "\"$varve\" train {0} --out same; echo new $?\n"
                  "\"$varve\" train --resume same --progress none; echo resumed $?\n"
                  "kill -TERM $first; wait $first; echo first $?",
                  tiny));
  CHECK(contains(both.out, "new 2\nresumed 2\nfirst 143"));
  CHECK(contains(both.err, "another process trains there now"));
  // The lock goes with its process, be it killed a moment ago.
  const Outcome killed = place.shell(fmt::format(
      "\"$varve\" train {} --epochs 100000 --out killed & child=$!\n"
      "until [ -e killed/checkpoints/LATEST ] || ! kill -0 $child; do sleep 0.01; done\n"
      "kill -KILL $child\n"
      "\"$varve\" train --resume killed --epochs 1 --progress none",
      tiny));
  CHECK_MESSAGE(killed.code == 0, killed.err);
}

TEST_CASE("a run that died before its first checkpoint may become another") {
  const Place place;
  const Outcome wild = place.varve(fmt::format("train {} --limit 64 --lr 1e10 --out run", tiny));
  REQUIRE(wild.code == 6);
  check_error(place.varve(fmt::format("train {} --out run", tiny)), 2, "--resume run");
  CHECK(place.varve("train --resume run --lr 0.001 --batch-size 32 --latent 3 --progress none")
            .code == 0);
  CHECK(json::parse(place.read("run/config.json"))["latent"] == 3);
}

TEST_CASE("standard error that is closed or full is survived") {
  const Place place;
  CHECK(place.shell("\"$varve\" eval nowhere 2>&-").code == 3);
  CHECK(place.shell("\"$varve\" eval nowhere 2>/dev/full").code == 3);
  CHECK(place.shell("\"$varve\" train --epochs 0 2>/dev/full").code == 2);
  const std::string flags = "--limit 64 --epochs 1 --hidden 8";
  CHECK(place.shell("\"$varve\" train " + flags + " --out a 2>&-").code == 0);
  CHECK(place.shell("\"$varve\" train " + flags + " --out b 2>/dev/full").code == 0);
  CHECK(place.shell("\"$varve\" train " + flags + " --out c <&- 2>&-").code == 0);
  // Nothing of what was said went into a file that was opened in its place.
  CHECK(place.weights("a") == place.weights("b"));
  CHECK(place.read("a/config.json").front() == '{');
  CHECK(place.shell("\"$varve\" models >&-").code == 7);
}

TEST_CASE("what stands behind -- is used or refused") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train {} --out run", tiny)).code == 0);
  check_error(place.varve("train -- --epochs 1"), 2, "'--epochs'");
  check_error(place.varve("train --limit 64 -- more"), 2, "'more'");
  CHECK_FALSE(fs::exists(place / "runs"));
  CHECK(place.varve("eval -- run").code == 0);
  CHECK(place.varve("eval --split test -- run").code == 0);
  CHECK(place.varve("eval run -- --split").code == 2);
  CHECK(place.varve("models -- vae").code == 0);
}

TEST_CASE("names that are no UTF-8 are refused before anything is written") {
  const Place place;
  for (const auto* flags :
       {"--out $'bad\\xff'", "--data $'npy:bad\\xff.npy'", "--data-dir $'bad\\xff'"}) {
    CAPTURE(flags);
    check_error(place.shell(fmt::format("exec \"$varve\" train {} {}", tiny, flags)), 2, "UTF-8");
  }
  check_error(place.shell("exec \"$varve\" eval $'bad\\xff'"), 2, "UTF-8");
  CHECK_FALSE(fs::exists(place / "runs"));
  CHECK(place.varve(fmt::format("train {} --out 'é ñ\nü'", tiny)).code == 0);
}

TEST_CASE("checkpoints come every so many epochs, and with the last") {
  const Place place;
  const auto saved = [&](std::string_view run) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(place / run / "checkpoints"))
      if (entry.is_directory()) names.insert(entry.path().filename().string());
    return names;
  };
  // The loss of training falls: the last is the best as well.
  REQUIRE(place.varve(fmt::format("train {} --limit 64 --epochs 10 --save-every 4 --out run", tiny))
              .code == 0);
  CHECK(saved("run").contains("step-00000010"));
  CHECK(saved("run").contains("step-00000008"));
  CHECK_FALSE(saved("run").contains("step-00000009"));
  CHECK(place.varve("train --resume run --epochs 12 --save-every 1 --progress none").code == 0);
  CHECK(saved("run").contains("step-00000011"));
  check_error(place.varve("train --save-every -1"), 2, "--save-every");
  // However seldom: the best epoch of a validation is kept.
  REQUIRE(place
              .varve(fmt::format("train {} --limit 64 --validation 0.5 --lr 0.05 --epochs 30 "
                                 "--save-every 30 --out best",
                                 tiny))
              .code == 0);
  CHECK(place.varve("eval best --checkpoint best").code == 0);
}

TEST_CASE("figures of a run are printed before it is drawn") {
  const Place place;
  // Pictures that cannot be written do not take the figures with them.
  REQUIRE(place.varve(fmt::format("train {} --out run", tiny)).code == 0);
  fs::remove_all(place / "run/images");
  place.write("run/images", "in the way");
  const Outcome done = place.varve("train --resume run --epochs 2 --progress none");
  CHECK(done.code == 7);
  CHECK(contains(done.out, "test loss"));
}
