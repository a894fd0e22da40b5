#include <doctest/doctest.h>

#include <string>

#include "framework/core/error.h"
#include "framework/data/loader.h"
#include "framework/data/synthetic.h"
#include "framework/io/checkpoint.h"
#include "framework/tensor/random.h"
#include "framework/train/trainer.h"
#include "models/objectives.h"
#include "models/registry.h"
#include "tests/apps/command.h"

using namespace varve;
using namespace varve::test;

namespace {

/// The weights after a program has trained the model as `varve train` does: no flag of a schedule
/// is known to it.
State trained_by_library(const std::string& model, const OptionValues& own) {
  manual_seed(3);
  const auto data = digits(Split::train);
  const auto made = make_model(model, {.image = data->shape(),
                                       .classes = data->num_classes(),
                                       .examples = data->size(),
                                       .latent = 3,
                                       .hidden = {16},
                                       .own = own});
  Loader loader(data, {.batch_size = 256, .seed = 3});
  Objectives objectives(*made);
  Trainer trainer(*made, loss_of(*made), objectives.optimizer(), loader, nullptr,
                  {.epochs = 2, .second = objectives.second(), .seed = 3});
  trainer.run();
  State out;
  for (const auto& [path, tensor] : made->state()) out[path] = tensor.to_array();
  return out;
}

}  // namespace

TEST_CASE("a program and the command train each scheduled model to the same bits") {
  const Place place;
  struct Case {
    std::string model, flags;
    OptionValues own;
  };
  const Case cases[] = {
      {"capacity-beta-vae", "", {}},
      {"beta-vae", "--beta linear:0:4:50%", {{"beta", "linear:0:4:50%"}}},
      {"beta-tcvae", "--beta cyclic:0:6:20", {{"beta", "cyclic:0:6:20"}}},
      {"conditional-vae", "--beta warmup:10:1", {{"beta", "warmup:10:1"}}},
      {"mixture-prior-vae", "--beta linear:0:1:30%", {{"beta", "linear:0:1:30%"}}},
      {"vamp-prior-vae",
       "--beta linear:0:1:30% --pseudo-inputs 8",
       {{"beta", "linear:0:1:30%"}, {"pseudo-inputs", std::int64_t{8}}}},
  };
  for (const auto& [model, flags, own] : cases) {
    CAPTURE(model);
    const Outcome run = place.varve(
        "train --data digits --backend cpu --batch-size 256 --epochs 2 "
        "--hidden 16 --latent 3 --seed 3 --progress none --model " +
        model + " " + flags + " --out " + model);
    REQUIRE_MESSAGE(run.code == 0, run.err);
    const auto saved =
        load_latest_checkpoint(place / (model + "/checkpoints")).checkpoint.weights();
    const State library = trained_by_library(model, own);
    CHECK(saved.size() == library.size());
    for (const auto& [path, array] : library) {
      CAPTURE(path);
      REQUIRE(saved.contains(path));
      CHECK(saved.at(path).bytes == array.bytes);
    }
  }
}
