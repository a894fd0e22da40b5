#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "framework/data/array_dataset.h"
#include "framework/data/loader.h"
#include "framework/data/sources.h"
#include "framework/io/checkpoint.h"
#include "framework/io/safetensors.h"
#include "framework/platform/platform.h"
#include "models/evaluation/classifier.h"
#include "models/evaluation/factors.h"
#include "models/evaluation/likelihood.h"
#include "models/registry.h"
#include "tests/models/support.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

using test::tiny;

/// A newer checkpoint of the run, whose weights are as large as f32 allows.
void spoil_weights(const Place& place, std::string_view run) {
  const auto folder = place / (std::string(run) + "/checkpoints");
  auto checkpoint = load_latest_checkpoint(folder).checkpoint;
  for (auto& [name, array] : checkpoint.model)
    for (float& value : array.as<float>()) value = 3e38F;
  ++checkpoint.state.step;
  CheckpointWriter(folder).save(checkpoint);
}

/// The newest checkpoint, with a weight that is no number and all checksums right: as a version
/// wrote it that did not look.
void spoil_file(const std::filesystem::path& checkpoints) {
  namespace fs = std::filesystem;
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(checkpoints))
    if (entry.is_directory()) newest = std::max(newest, entry.path());
  auto file = load_safetensors(newest / "model.safetensors");
  file.tensors.begin()->second.as<float>()[0] = NAN;
  save_safetensors(newest / "model.safetensors", file);
  constexpr std::size_t any_size = 1 << 26;
  auto state = nlohmann::json::parse(platform::read_file(newest / "state.json", any_size));
  const auto sum = [](const std::string& bytes) {
    return fmt::format("{:08x}",
                       ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  };
  state.erase("checksum");
  state["files"]["model.safetensors"] =
      sum(platform::read_file(newest / "model.safetensors", any_size));
  state["checksum"] = sum(state.dump());
  platform::write_file_atomically(newest / "state.json", state.dump());
}

Action spoilt_eval(const char* metrics) {
  return [metrics](const Place& place) {
    shell("rm -rf wild && cp -r run wild")(place);
    spoil_weights(place, "wild");
    Action(fmt::format("eval wild {}", metrics))(place);
  };
}

Remedies of_runs() {
  const auto copy = [](std::string_view as) {
    return fmt::format("rm -rf {0} && cp -r run {0} && ", as);
  };
  return {
      {"[run] {} holds no config.json: name the folder that 'varve train' has written",
       "eval none",
       {"eval run"}},
      {"[run] {} lacks \"image\", a list of three numbers from 1 whose product is at most {}: "
       "restore "
       "the file",
       shell(copy("e0") +
             "cp e0/config.json kept && python3 -c \"import json; c = json.load(open('kept')); "
             "del c['image']; json.dump(c, open('e0/config.json', 'w'))\" && $varve eval e0"),
       {shell("cp kept e0/config.json && $varve eval e0")}},
      {"[run] {} holds no metrics.csv: name the folder of a run that has finished an epoch",
       shell(copy("e1") + "rm e1/metrics.csv && $varve curves e1"),
       {"curves run"}},
      {"[run] {} has no column \"epoch\": restore the file",
       shell(copy("e2") + "sed -i 's/epoch/age/' e2/metrics.csv && $varve curves e2"),
       {shell("cp run/metrics.csv e2 && $varve curves e2")}},
      {"[run] {} has no column \"{}\": restore or delete the file",
       shell(copy("e3") + "sed -i 's/sigma/width/g' e3/latent.csv && $varve curves e3"),
       {shell("cp run/latent.csv e3 && $varve curves e3"),
        shell("rm e3/latent.csv && $varve curves e3")}},
      {"[run] {} is no longer what {} was trained with: restore the data, or name them with --data "
       "{} "
       "to take them as they are",
       shell("cp plain.npy kept.npy && cp blank.npy plain.npy && $varve eval plain"),
       {"eval plain --data npy:plain.npy", shell("mv kept.npy plain.npy && $varve eval plain")}},
      {"[run] {} holds images of shape {}, and the model in {} was trained on {}: take the data "
       "that "
       "it was trained on, or resize the images",
       "eval run --data npy:unit.npy",
       {"eval run --data digits", "eval run --data npy:plain.npy"}},
      {"[run] {}: {}: the weights of {} are no good: look with 'varve doctor', take another "
       "--checkpoint, or train anew with a lower --lr",
       spoilt_eval("--checkpoint last"),
       {"doctor wild --checkpoint last", "eval wild --checkpoint best",
        fmt::format("train {} --lr 0.0001 --out e4", tiny)}},
      {"go back to an earlier checkpoint; train with a lower --lr or with --clip 1",
       shell("$varve doctor wild --checkpoint last >&2; exit 6"),
       {"doctor wild --checkpoint best", fmt::format("train {} --lr 0.0001 --out e5", tiny),
        fmt::format("train {} --clip 1 --out e6", tiny)}},
      {"[run] {}: the weight {} is not finite: take an earlier checkpoint, or train anew with a "
       "lower "
       "--lr or with --clip 1",
       [](const Place& place) {
         shell("rm -rf ill && cp -r wild ill")(place);
         spoil_file(place / "ill/checkpoints");
         Action("eval ill --checkpoint last")(place);
       },
       {"eval ill --checkpoint best", fmt::format("train {} --lr 0.0001 --out e7", tiny),
        fmt::format("train {} --clip 1 --out e8", tiny)}},
  };
}

/// The classes of so many digits.
void classify(const std::string& data, std::int64_t count) {
  evaluation::train_classifier(take(open_dataset({.name = data}), count), {.epochs = 1});
}

void factors(std::int64_t examples) {
  const auto model = make_model("vae", test::small({64, 64, 1}));
  Loader loader(open_dataset({.name = "sprites"}), {.batch_size = 50, .prefetch = 0});
  evaluation::factor_codes(*model, loader, examples, "mig");
}

void bound(double weight) {
  const auto model = make_model("vae", test::small());
  for (const auto& [path, tensor] : model->named_parameters()) {
    Tensor parameter = tensor;
    parameter.assign(Tensor::full(tensor.shape(), weight));
  }
  Loader images(array_dataset({.values = Array::zeros({4, 8, 8, 1}, DType::f32)}), {.prefetch = 0});
  evaluation::importance_weighted_bound(*model, images);
}

Remedies of_metrics() {
  return {
      {"[classifier] needs images with labels of 2 classes or more, and these have {}: take data "
       "with "
       "labels (digits, mnist, fashion-mnist, a folder with a sub-folder a class)",
       [](const Place& place) { classify("npy:" + (place / "plain.npy").string(), 50); },
       {[] { classify("digits", 50); }}},
      {"[nll] the weight of example {} is not a number: run 'varve doctor' on the run",
       [] { bound(NAN); },
       {[] { bound(0.1); }, "doctor wild --checkpoint last"}},
      {"the data are grey and the likelihood is Bernoulli: a cross entropy and no likelihood, not "
       "to "
       "be compared with figures of binarised data (--binarize dynamic)",
       shell("$varve eval run --metrics elbo --limit 20 >&2; exit 2"),
       {shell(
           fmt::format("$varve train {} --binarize dynamic --out f4 && ! $varve eval f4 --metrics "
                       "elbo --limit 20 | grep 'are grey'",
                       tiny))}},
      {"[{}] every factor has one value in the {} examples: take more", [] { factors(1); }, {[] {
         factors(100);
       }}},
      {"[frechet] needs images with labels, to train a classifier on: take digits, mnist, "
       "fashion-mnist or a folder with a sub-folder a class",
       "eval plain --metrics frechet",
       {"eval run --metrics frechet --limit 200"}},
      {"[nll] this model bounds no likelihood (its codes are points, or its prior has no density): "
       "leave elbo and nll out, or train a vae",
       "eval points --metrics nll",
       {"eval points --metrics active-units",
        "eval run --metrics elbo,nll --limit 20 --samples 10"}},
      {"[latent] describes codes of up to {} dimensions, and these have {}: train with a smaller "
       "--latent",
       shell(fmt::format("$varve train {} --limit 100 --latent 600 --out f0 && $varve eval f0 "
                         "--metrics latent",
                         tiny)),
       {"eval run --metrics latent"}},
      {"[{}] needs data whose factors of variation are known, and these have none: take --data "
       "sprites, or an .npz with latents_classes as dSprites has",
       "eval run --metrics mig",
       {shell(fmt::format("$varve train {} --data sprites --limit 64 --out f1 && $varve eval f1 "
                          "--metrics mig --limit 2000 --pool 2000",
                          tiny))}},
      {"[restoration] this model sees images as they are, and there is nothing to restore: take "
       "--spoilt-by RUN, a run of denoising-autoencoder or inpainting-autoencoder",
       "eval run --metrics restoration",
       {shell(
            fmt::format("$varve train {} --model denoising-autoencoder --out f2 && $varve eval run "
                        "--metrics restoration --limit 50 --spoilt-by f2",
                        tiny)),
        shell(fmt::format(
            "$varve train {} --model inpainting-autoencoder --out f3 && $varve eval run "
            "--metrics restoration --limit 50 --spoilt-by f3",
            tiny))}},
  };
}

Remedies of_pictures() {
  return {
      {"[model] an autoencoder has no prior to sample from: nothing shapes its codes; train a vae",
       "sample points",
       {"sample run --count 4"}},
      {"take a smaller --{}",
       shell("ulimit -v 2000000; $varve sample run --count 100000000 --threads 1"),
       {shell("ulimit -v 2000000; $varve sample run --count 4 --threads 1")}},
      {"; only 'varve traverse' draws moving pictures",
       "sample run --out x.gif",
       {"traverse run --out x.gif"}},
      {"[picture] it would be {} x {} pixels, and {} is the most: draw fewer images, or an .svg",
       "interpolate run --pairs 1 --steps 1200 --out x.png",
       {"interpolate run --pairs 1 --steps 12 --out x.png",
        "interpolate run --pairs 1 --steps 1200 --out x.svg"}},
      {"[picture] cannot write {}: there is no folder {}; make it first",
       "sample run --count 4 --out new/x.png",
       {shell("mkdir new && $varve sample run --count 4 --out new/x.png")}},
      {"[picture] the model draws by class, and the data have no labels: take data with labels",
       "reconstruct classes --data npy:plain.npy",
       {"reconstruct classes --data digits"}},
      {"[kl] the codes of this model are points, or its prior is not N(0, I): there is no KL term "
       "by "
       "dimension; take a vae",
       "kl points",
       {"kl run"}},
      {"[figure] '{}' is about classes, and {} has no labels: take data with labels",
       "figure clusters --data npy:plain.npy --epochs 1",
       {"figure clusters --data digits --epochs 1 --limit 200 --out x.png"}},
      {"[traverse] --index {}: there are {} examples, counted from 0",
       "traverse run --index 100000",
       {"traverse run --index 0"}},
      {"[picture] needs two examples{}, and there are not: take more data",
       "interpolate run --data npy:one.npy",
       {"interpolate run --data npy:plain.npy"}},
      {"[mix] needs two examples, and there is one: take other data",
       "mix run --data npy:one.npy",
       {"mix run --data npy:plain.npy"}},
  };
}

}  // namespace

Remedies of_evaluation() {
  Remedies all = of_runs();
  for (auto table : {of_metrics(), of_pictures()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

}  // namespace varve::remedies

TEST_CASE("remedies of evaluation and pictures") {
  const varve::test::Place place;
  varve::remedies::prepare(place);
  varve::remedies::check(place, varve::remedies::of_evaluation());
}
