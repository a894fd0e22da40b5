#include "apps/studio/runs/open_run.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/data/fingerprint.h"
#include "framework/train/diagnosis.h"
#include "framework/train/evaluate.h"
#include "models/objectives.h"

namespace varve::studio {
namespace {

DataOptions overridden(DataOptions given, const DataOptions& trained) {
  if (given.data.empty()) given.data = trained.data;
  if (given.data_dir.empty()) given.data_dir = trained.data_dir;
  if (given.binarize.empty()) given.binarize = trained.binarize;
  if (given.rescale.empty()) given.rescale = trained.rescale;
  resolve_scale(given);
  return given;
}

DatasetPtr open_fitting(const TrainedRun& run, const DataOptions& options,
                        const RunOptions& asked) {
  auto data = open_images(options, parse_split(asked.split));
  run.require_fit(*data, options.data);
  const auto& print = asked.split == "train" ? run.prints.train : run.prints.test;
  const bool own = asked.data.data.empty() && asked.data.rescale.empty();
  if (own && !print.empty() && fingerprint(*data) != print)
    fail(ErrorKind::input,
         "[run] {} is no longer what {} was trained with: restore the data, or name them with "
         "--data "
         "{} to take them as they are",
         options.data, run.folder.path.string(), options.data);
  return data;
}

}  // namespace

void RunOptions::declare(Options& options) {
  options.add("RUN", &run, "folder of a run that 'varve train' has written", {.positional = true});
  data.declare(options);
  options.add("split", &split, "train or test");
  options.add("checkpoint", &checkpoint,
              "best, last or auto: best if validation examples were held out");
  options.add("seed", &seed, "of the noise; default: the run's", {.least = -1, .most = 0x1p53});
  device.declare(options);
}

OpenRun::OpenRun(const RunOptions& options)
    : run_(options.run),
      data_options_(overridden(options.data, run_.settings.data)),
      seed_(options.seed < 0 ? run_.settings.seed : options.seed),
      device_(options.device, seed_),
      data_(open_fitting(run_, data_options_, options)),
      loaded_(run_.load(options.checkpoint)),
      examples_(make_eval_loader(data_options_, data_, run_.settings.batch_size, seed_)) {
  check_range(data_options_, find_range(data_options_, *data_), loaded_.model->likelihood());
}

std::string OpenRun::title() const {
  return run_.settings.model.model + " on " + data_options_.short_name();
}

Metrics measure(Model& model, Loader& examples) {
  return evaluate(model, loss_of(model), examples);
}

Metrics measure_finite(OpenRun& open) {
  Metrics terms = measure(open.model(), open.examples());
  if (const std::string bad = non_finite_terms(terms); !bad.empty())
    fail(ErrorKind::non_finite,
         "[run] {}: {}: the weights of {} are no good: look with 'varve doctor', take another "
         "--checkpoint, or train anew with a lower --lr",
         open.run().folder.path.string(), bad, open.loaded().checkpoint.filename().string());
  return terms;
}

std::string objective_of(const OpenRun& open) {
  const std::string& moved = open.loaded().objective;
  return moved.empty() ? reductions
                       : fmt::format("{}; at {}, the last of its schedule", reductions, moved);
}

}  // namespace varve::studio
