#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "framework/io/npy.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

namespace fs = std::filesystem;

using test::tiny;

/// A short run, with more flags.
std::string train(std::string_view flags) { return fmt::format("train {} {}", tiny, flags); }

/// The same, on an array in the folder.
std::string train_on(std::string_view array, std::string_view flags) {
  return train(fmt::format("--limit 0 --data npy:{}.npy {}", array, flags));
}

std::string resume(std::string_view run, int epochs) {
  return fmt::format("train --resume {} --epochs {} --progress none", run, epochs);
}

}  // namespace

void save_ramp(const Place& place, const std::string& name, Shape shape, int period) {
  Array array = Array::zeros(shape, DType::f32);
  std::size_t i = 0;
  for (float& value : array.as<float>())
    value = static_cast<float>(i++ % static_cast<std::size_t>(period));
  save_npy(place / (name + ".npy"), array);
}

void prepare(const Place& place) {
  save_ramp(place, "bright", {60, 8, 8}, 256);
  save_ramp(place, "unit", {60, 8, 8}, 2);
  save_ramp(place, "constant", {60, 8, 8}, 1);
  save_ramp(place, "dots", {60, 2, 2}, 2);
  save_ramp(place, "plain", {60, 28, 28}, 2);
  save_ramp(place, "blank", {60, 28, 28}, 1);
  save_ramp(place, "few", {7, 28, 28}, 2);
  save_ramp(place, "one", {1, 28, 28}, 2);
  place.write("rows.csv", "a,b,c\n0,1,0\n1,0,1\n0,0,1\n1,1,1\n0,1,1\n1,0,0\n");
  for (const auto& command :
       {train("--validation 0.1 --out run"), train("--model autoencoder --out points"),
        train("--model conditional-vae --out classes"), train_on("plain", "--out plain")}) {
    const auto done = place.varve(command);
    if (done.code != 0) throw std::runtime_error(done.err);
  }
}

Remedies of_commands() {
  const auto keep_run = [](std::string_view as) {
    return fmt::format("rm -rf {0} && cp -r plain {0} && ", as);
  };
  return {
      {"no command given: see 'varve --help'", "", {"--help"}},
      {"; did you mean '", "trian", {"train --help"}},
      {"; did you mean '{}'?", train("--free-bit 1 --out a0"), {train("--free-bits 1 --out a0")}},
      {"; did you mean '{}'? Or", train("--epoch 1 --out a1"), {train("--epochs 1 --out a1")}},
      {"[{}] unknown flag '{}'{} see 'varve {} --help'", "train --xyz", {"train --help"}},
      {"[{}] unexpected argument '{}': see 'varve {} --help'", "train now", {"train --help"}},
      {"[{}] unexpected argument '{}' behind '--': flags stand before it, see 'varve {} --help'",
       "eval -- run --json",
       {"eval --json -- run"}},
      {"[options] {} {}: is not UTF-8, as names of files must be here: rename it",
       shell("$varve " + train("--out $'a\\xff'")),
       {train("--out a2")}},
      {"[{}] {} is not a JSON object: write {{\"epochs\": 10, ...}}",
       shell("echo '[1]' > config.json; $varve " + train("--config config.json --out a3")),
       {shell("echo '{\"epochs\": 1}' > config.json; $varve " +
              train("--config config.json --out a3"))}},
      {"the system refused to write the output: free some space, or write it elsewhere",
       shell("$varve models > /dev/full"),
       {shell("$varve models > list.txt")}},
      {"[device] --threads is for --backend cpu, not for '{}': leave it out",
       train("--threads 2 --backend reference --out a4"),
       {"train --limit 40 --epochs 1 --hidden 4 --progress none --backend reference --out a4"}},

      // Data.
      {"[data] --validation '{}': give a share such as 0.1 or a number such as 5000",
       train("--validation x --out b0"),
       {train("--validation 0.1 --out b0"), train("--limit 6000 --validation 5000 --out b00")}},
      {"[data] --rescale '{}': give two numbers in order such as 0,255, or auto or none",
       train("--rescale 3 --out b1"),
       {train("--rescale 0,255 --out b1"), train("--rescale auto --out b2"),
        train("--rescale none --out b3")}},
      {"[data] {} holds images of shape {}, and models need sides of at least {}: pad or enlarge "
       "the "
       "images",
       train_on("dots", "--out b5"),
       {train_on("unit", "--out b5")}},
      {"[data] --validation {} leaves none of {} examples for training: hold out fewer",
       train("--validation 512 --out b6"),
       {train("--validation 100 --out b6")}},
      {"[data] {} holds nothing but {}: --rescale auto needs two different values; give a range "
       "such "
       "as --rescale 0,255",
       train_on("constant", "--rescale auto --out b7"),
       {train_on("constant", "--rescale 0,255 --out b7")}},
      {"[data] {} holds {}, and {} needs values in [{}, {}]: map the data there with --rescale "
       "auto, "
       "or take {}",
       train_on("bright", "--out b8"),
       {train_on("bright", "--rescale auto --out b8"),
        train_on("bright", "--likelihood gaussian --out b9"),
        train_on("bright", "--rescale auto --binarize static --out b10")}},
      {"[data] {} holds values from {} to {}, and --link sigmoid reaches 0 to 1: map the data "
       "there "
       "with --rescale auto, or take --link identity",
       train_on("bright", "--likelihood gaussian --link sigmoid --out b11"),
       {train_on("bright", "--likelihood gaussian --link sigmoid --rescale auto --out b11"),
        train_on("bright", "--likelihood gaussian --link identity --out b12")}},
      {"note: {} holds values from {} to {}, and networks expect about -1 to 1: --rescale auto "
       "maps "
       "them to [0, 1]\n",
       noted(train_on("bright", "--likelihood gaussian --link identity --out b13")),
       {train_on("bright", "--likelihood gaussian --rescale auto --out b14")}},

      // Models and their flags.
      {"[train] --link is for gaussian and laplace likelihoods, and --likelihood {} has its own: "
       "leave it out",
       train("--link sigmoid --out c0"),
       {train("--out c0")}},
      {"[train] the loss of {} compares the examples of a batch, and --batch-size is {}: take {} "
       "or "
       "more",
       train("--model info-vae --batch-size 1 --out c1"),
       {train("--model info-vae --batch-size 2 --limit 8 --out c1")}},
      {"[vae] --free-bits needs a KL term that is a sum over dimensions: take --posterior diagonal "
       "or "
       "isotropic",
       train("--free-bits 1 --posterior full --out c2"),
       {train("--free-bits 1 --posterior diagonal --out c2"),
        train("--free-bits 1 --posterior isotropic --out c3")}},
      {"[info-vae] --alpha {} and --lambda {} reward a discrepancy: their sum must be at least 1",
       train("--model info-vae --alpha -5 --lambda 2 --out c4"),
       {train("--model info-vae --alpha -5 --lambda 6 --out c4")}},
      {"[conditional-vae] needs data with labels of at least 2 classes, and there are {}: take "
       "labelled data or the model 'vae'",
       train_on("unit", "--model conditional-vae --out c5"),
       {train("--model conditional-vae --out c5"), train_on("unit", "--model vae --out c6")}},
      {"[schedule] '{}': {}; forms are 0.001, step:START:FACTOR:EVERY, "
       "exponential:START:FACTOR:EVERY, "
       "linear:START:END:STEPS, cosine:START:END:STEPS, cyclic:START:END:PERIOD[:RAMP], "
       "warmup:STEPS:SCHEDULE, SCHEDULE@STEPS,SCHEDULE",
       train("--beta linear:0:1 --out c7"),
       {train("--beta linear:0:1:10 --out c7"), train("--lr 0.001 --out c8"),
        train("--lr warmup:2:cosine:0.01:0.001:4 --out c9")}},

      // Runs.
      {"[train] {} holds a run already: go on with --resume {}, or give another --out",
       train("--out run"),
       {resume("run", 2), train("--out d0")}},
      {"[train] --resume goes on in the folder and with the configuration of the run: leave out {}",
       "train --resume run --out d1",
       {resume("run", 3)}},
      {"[train] {} holds no config.json to resume from: name the folder of a run",
       resume("none", 2),
       {resume("points", 2)}},
      {"[train] {} is not what {} was trained on: restore the data, or begin a new run",
       shell(keep_run("d2") + "mv plain.npy kept.npy && cp unit.npy plain.npy && $varve " +
             resume("d2", 2)),
       {train_on("plain", "--out d3"),
        shell("mv kept.npy plain.npy && $varve " + resume("d2", 2))}},
      {"[train] epoch {}, step {}: {}, {}; {} with a lower learning rate (it was {}) or a smaller "
       "gradient norm",
       shell(keep_run("d4") + "$varve train --resume d4 --epochs 3 --lr 1e12 --progress none"),
       {"train --resume d4 --epochs 2 --lr 0.0001 --progress none",
        "train --resume d4 --epochs 3 --lr 0.001 --clip 1 --progress none"}},
      {"the last good checkpoint is {}; resume",
       shell(keep_run("d5") + "$varve train --resume d5 --epochs 3 --lr 1e12 --progress none"),
       {"train --resume d5 --epochs 2 --lr 0.0001 --progress none"}},
      {"no checkpoint was saved before; start anew",
       train("--lr 1e12 --out d6"),
       {train("--lr 0.001 --out d7"), "train --resume d6 --lr 0.001 --progress none"}},
      {"the learning rate is 0 at all of the {} steps to come, by the schedule {}: the weights "
       "stay "
       "as they are; give another learning rate",
       noted(train("--lr 0 --progress plain --out d8")),
       {train("--lr 0.001 --out d9")}},
      {"[train] {}: another process trains there now: wait until it ends, or begin another run "
       "with "
       "another --out",
       shell(fmt::format(
           "$varve train {0} --epochs 100000 --out d10 2> first.txt & first=$!\n"
           "until [ -e d10/checkpoints/LATEST ] || ! kill -0 $first; do sleep 0.01; done\n"
           "$varve {1}; code=$?\n$varve {2} || exit 1\n"
           "kill -TERM $first; wait $first; exit $code",
           tiny, resume("d10", 2), train("--out d11"))),
       {resume("d10", 1)}},
      {"[train] --{} means nothing to the model '{}' with --arch {}{} They take {}; --{} is for {}",
       train("--gamma 2 --out c10"),
       {train("--model factor-vae --gamma 2 --out c10"), train("--beta 2 --out c11")}},
      {"[data] {}: has no validation part of its own: hold some examples out with --validation 0.1",
       train("--validation own --out c12"),
       {train("--validation 0.1 --out c12")}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of commands") {
  const varve::test::Place place;
  varve::remedies::prepare(place);
  varve::remedies::check(place, varve::remedies::of_commands());
}
