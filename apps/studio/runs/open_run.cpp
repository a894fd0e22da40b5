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
  if (given.data.empty()) {
    given.data = trained.data;
    if (given.test.text.empty()) given.test = trained.test;
  }
  if (given.data_dir.empty()) given.data_dir = trained.data_dir;
  if (given.binarize.empty()) given.binarize = trained.binarize;
  if (given.rescale.empty()) given.rescale = trained.rescale;
  given.read_as(trained);
  return given;
}

/// An example that is not there.
class Absent final : public Dataset {
 public:
  Absent(const DataFacts& facts, const Error& why) : facts_(facts), why_(why) {}
  std::int64_t size() const override { return 1; }
  Shape shape() const override { return facts_.image; }
  int num_classes() const override { return static_cast<int>(facts_.classes); }
  void read(std::int64_t, std::span<float>) const override { throw why_; }

 private:
  DataFacts facts_;
  Error why_;
};

DatasetPtr open_fitting(const TrainedRun& run, const DataOptions& options, const RunOptions& asked,
                        const OpenedData& opened, const std::string& split) {
  auto data = as_images(options, opened.part(parse_split(split)));
  data = with_classes(std::move(data), run.facts.class_names, options.data);
  run.require_fit(*data, options.data);
  const auto& print = split == "train" ? run.prints.train : run.prints.test;
  const bool own = asked.data.data.empty() && asked.data.rescale.empty() &&
                   (split == "train" || split == "test");
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
  options.add("split", &split, "train, test, validation or all");
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
      loaded_(run_.load(options.checkpoint)),
      asked_(options) {
  if (!asked_.split.empty()) parse_split(asked_.split);
}

const DatasetPtr& OpenRun::data() {
  if (data_ != nullptr) return data_;
  resolve_scale(data_options_);
  const OpenedData opened = open_source(data_options_);
  const bool whole = !asked_.data.data.empty() && !opened.has_own_test();
  split_ = !asked_.split.empty() ? asked_.split : whole ? "all" : "test";
  auto data = open_fitting(run_, data_options_, asked_, opened, split_);
  check_range(data_options_, find_range(data_options_, *data), loaded_.model->likelihood());
  return data_ = std::move(data);
}

const std::string& OpenRun::split() {
  data();
  return split_;
}

Loader& OpenRun::examples() {
  if (!examples_)
    examples_.emplace(make_eval_loader(data_options_, data(), run_.settings.batch_size, seed_));
  return *examples_;
}

Loader OpenRun::unpictured(const Error& why) const {
  return make_picture_loader(data_options_, std::make_shared<Absent>(run_.facts, why));
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
