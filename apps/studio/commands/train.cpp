#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/studio/command.h"
#include "apps/studio/runs/latent_record.h"
#include "apps/studio/runs/open_run.h"
#include "apps/studio/runs/run_pictures.h"
#include "apps/studio/say.h"
#include "framework/core/error.h"
#include "framework/core/schedule.h"
#include "framework/data/fingerprint.h"
#include "framework/io/checkpoint.h"
#include "framework/io/json.h"
#include "framework/platform/platform.h"
#include "framework/train/progress.h"
#include "framework/train/trainer.h"
#include "models/objectives.h"

namespace varve::studio {
namespace {

using nlohmann::json;

/// What a resume may change. The weights up to here do not depend on it, or (the rate, clipping)
/// those to come may; data are known by their fingerprint.
constexpr std::array<std::string_view, 9> free_on_resume{
    "backend", "clip", "data", "data-dir", "epochs", "lr", "patience", "save-every", "threads"};

/// Values of this size are far from what networks and a Gaussian of scale 1 are made for.
constexpr double far_out = 20;

/// The part of a configuration that a resume must not change.
json fixed_part(const json& config) {
  json out = json::object();
  for (const auto& [key, value] : config.items())
    if (!is_remark(key) &&
        std::find(free_on_resume.begin(), free_on_resume.end(), key) == free_on_resume.end())
      out[key] = value;
  return out;
}

/// Whether two texts of configurations have the same fixed part. A text may be of a version that
/// counted more to it.
bool same_fixed_part(const std::string& a, const std::string& b) {
  const auto read = [](const std::string& text) {
    try {
      return io::parse_json(text, "[train] configuration");
    } catch (const Error&) {
      return json();
    }
  };
  const json left = read(a), right = read(b);
  return left.is_object() && right.is_object() && fixed_part(left) == fixed_part(right);
}

class Train : public Command {
 public:
  About about() const override {
    return {"Train a model, evaluate it and draw what it does",
            "varve train --model vae --data digits --epochs 5 --out runs/first"};
  }

  void declare(Options& options) override;
  std::filesystem::path config() const override;
  int run(const Options& options) override;

 private:
  /// Everything about the data that training and its figures need.
  struct Data {
    DatasetPtr all;      ///< the training split
    TrainingData parts;  ///< what is trained on, and held out
    DataFacts facts;
    DataPrints prints;
    DataReport report;
    ValueRange range;
  };

  bool resuming() const { return !resume_.empty(); }
  void hold_existing();
  Data open_data();
  void require_batch(const Model& model, const Data& data) const;
  void claim_folder();
  json resumed(const Options& options, const Data& data) const;
  void begin(const Options& options, const Data& data, const Model& model);
  void announce(const Data& data, const Model& model, const OpenDevice& device) const;
  TrainingResult fit(const Options& options, const Data& data, Model& model,
                     const OpenDevice& device);
  void finish(const TrainingResult& result) const;
  void draw(OpenRun& open) const;

  TrainSettings settings_;
  std::string out_, config_, resume_;
  std::string progress_ = "auto";
  bool eager_ = false;
  bool json_ = false;
  RunFolder folder_;
  std::unique_ptr<platform::FolderLock> lock_;
  std::string named_;  ///< the data, as they were typed
  std::string fixed_;  ///< the fixed part of the configuration, as text
};

void Train::declare(Options& options) {
  settings_.declare(options);
  options.add("out", &out_, "folder of the run; default: runs/<model>-<data>-<n>", {.unit = "RUN"});
  options.add("config", &config_, "read options from a JSON file, such as a run's config.json",
              {.unit = "FILE"});
  options.add("resume", &resume_, "go on with an interrupted run, or for more --epochs",
              {.unit = "RUN"});
  options.add("eager", &eager_, "run every op by itself: slower, the same numbers");
  options.add("progress", &progress_, "on stderr: auto, bar, plain or none");
  options.add("json", &json_, "print the result as one JSON object");
}

std::filesystem::path Train::config() const {
  if (resume_.empty()) return config_;
  for (const auto& [flag, value] : {std::pair{"--out", &out_}, {"--config", &config_}})
    if (!value->empty())
      fail(ErrorKind::usage,
           "[train] --resume goes on in the folder and with the configuration of "
           "the run: leave out {}",
           flag);
  const RunFolder folder{resume_};
  if (!std::filesystem::exists(folder.config()))
    fail(ErrorKind::input,
         "[train] {} holds no config.json to resume from: name the folder of a run", resume_);
  return folder.config();
}

int Train::run(const Options& options) {
  settings_.model.check();  // names first: before anything takes time or is written
  settings_.model.reject_unused(options);
  parse_progress_style(progress_);
  make_transforms(settings_.data);
  hold_existing();
  named_ = settings_.data.data;
  if (resuming()) settings_.model.complete_as_before();
  if (!resuming() || options.flagged("data") || options.flagged("data-dir"))
    settings_.data.resolve_paths();
  if (!resuming() && names_validation(settings_.validation))
    settings_.validation = resolved_source(settings_.validation);
  for (const auto* path : {&settings_.data.data, &settings_.data.data_dir})
    require_utf8("the path of the data", *path);
  const Data data = open_data();
  TrainingResult result;
  {
    const OpenDevice device(settings_.device, settings_.seed);
    settings_.device.backend = device.backend();
    settings_.model.complete(data.facts);
    const auto model = settings_.model.make(data.facts);
    check_range(settings_.data, data.range, model->likelihood());
    require_batch(*model, data);
    result = fit(options, data, *model, device);
    device.report();
  }
  if (result.signal == 0)
    finish(result);
  else
    say("stopped; go on with: varve train --resume {}\n", folder_.path.string());
  return result.exit_code();
}

/// Takes hold of a folder that is there already, and makes sure that it may be written to.
void Train::hold_existing() {
  folder_ = {resuming() ? resume_ : out_};
  if (folder_.path.empty() || !std::filesystem::exists(folder_.path)) return;
  lock_ = hold(folder_);
  if (!resuming() && folder_.holds_run())
    fail(ErrorKind::usage,
         "[train] {} holds a run already: go on with --resume {}, or give another --out", out_,
         out_);
}

Train::Data Train::open_data() {
  resolve_scale(settings_.data);
  const OpenedData opened = open_source(settings_.data);
  Data data;
  data.report = opened.report();
  data.all = as_images(settings_.data, opened.part(Split::train));
  data.range = find_range(settings_.data, *data.all);
  // Looked at before training, so that what is wrong with it is not told afterwards.
  const DatasetPtr test = as_images(settings_.data, opened.part(Split::test));
  data.range = data.range.with(find_range(settings_.data, *test));
  data.prints = {fingerprint(*data.all), fingerprint(*test)};
  const DatasetPtr some = limited(data.all, settings_.limit);
  if (names_validation(settings_.validation)) {
    data.parts = {some, open_validation(settings_.data, opened, settings_.validation)};
    data.range = data.range.with(find_range(settings_.data, *data.parts.validation));
  } else {
    data.parts = split_validation(some, settings_.validation);
  }
  const bool binary = settings_.data.binarize != "none";
  const auto names = data.all->class_names();
  data.facts = {data.all->shape(),
                data.all->num_classes(),
                data.parts.train->size(),
                binary || data.range.is_unit(),
                {names.begin(), names.end()}};

  const auto& [least, most] = data.range;
  if (settings_.model.link == "sigmoid" && !data.facts.unit)
    fail(ErrorKind::input,
         "[data] {} holds values from {} to {}, and --link sigmoid reaches 0 to 1: map the data "
         "there with --rescale auto, or take --link identity",
         settings_.data.data, least, most);
  if (std::max(std::abs(least), std::abs(most)) > far_out)
    say("note: {} holds values from {} to {}, and networks expect about -1 to 1: --rescale auto "
        "maps them to [0, 1]\n",
        settings_.data.data, least, most);
  return data;
}

void Train::require_batch(const Model& model, const Data& data) const {
  const std::int64_t least = model.least_batch();
  if (data.parts.train->size() < least)
    fail(ErrorKind::input, "[train] the loss of {} compares {} examples or more, and there is {}",
         settings_.model.model, least, data.parts.train->size());
  if (settings_.batch_size < least)
    fail(ErrorKind::usage,
         "[train] the loss of {} compares the examples of a batch, and --batch-size is {}: take {} "
         "or more",
         settings_.model.model, settings_.batch_size, least);
}

/// Makes the folder of a new run and takes hold of it.
void Train::claim_folder() {
  if (lock_ != nullptr) return;
  if (out_.empty())
    folder_ = RunFolder::make_next(settings_.model.model + "-" + settings_.data.short_name());
  else
    platform::make_directories(folder_.path);
  lock_ = hold(folder_);
  if (folder_.holds_run())  // another process was faster
    fail(ErrorKind::usage, "[train] {} holds a run by now: give another --out",
         folder_.path.string());
}

/// The configuration of the run that goes on: what the weights depend on as it was, the rest as it
/// is now. Throws ErrorKind::usage if another value was asked for. A run that has no checkpoint yet
/// may become any other.
json Train::resumed(const Options& options, const Data& data) const {
  json now = options.kept();
  if (!has_checkpoint(folder_.checkpoints())) return now;
  const json config = io::read_json(folder_.config(), "[train]");
  const std::string print = config.value("train-print", "");
  DataOptions trained{
      .data = config.value("data", ""), .data_dir = {}, .binarize = {}, .rescale = {}};
  const bool same_name = trained.data == settings_.data.data;
  trained.resolve_paths();
  if (print.empty() ? !same_name && trained.data != settings_.data.data
                    : print != data.prints.train)
    fail(ErrorKind::input,
         "[train] {} is not what {} was trained on: restore the data, or begin a new run",
         settings_.data.data, resume_);
  const json before = fixed_part(config);
  const json fixed = fixed_part(now);
  for (const auto& [key, value] : fixed.items()) {
    const bool kept = before.contains(key) ? before[key] == value : !options.flagged(key);
    if (!kept)
      fail(ErrorKind::usage,
           "[train] {} was trained with {} = {}, and now it is {}: a resume must keep it", resume_,
           key, before.value(key, json("its default")).dump(), value.dump());
    now.erase(key);
  }
  for (const auto* key : {"lr", "clip"})
    if (config.contains(key) && config[key] != now[key])
      say("note: --{} is {} from here on, and was {}: the run is no longer the one that was "
          "started\n",
          key, now[key].dump(), config[key].dump());
  now.update(before);
  return now;
}

/// Writes the configuration of a new run; makes sure that a resumed one is the same run.
void Train::begin(const Options& options, const Data& data, const Model& model) {
  claim_folder();
  const json config = resuming() ? resumed(options, data) : options.kept();
  fixed_ = fixed_part(config).dump();
  platform::remove_leftovers(folder_.path / ".");
  write_config(folder_, config, data.facts, data.prints, data.report, model);
}

void Train::announce(const Data& data, const Model& model, const OpenDevice& device) const {
  for (const auto& text : data.report.left_out) say("note: left out {}\n", text);
  if (progress_ == "none") return;
  const auto& chosen = settings_.model;
  const auto& [train, validation] = data.parts;
  say("{} ({}, {} parameters, {}) on {}: {} examples{}; {}\nloss: {}\n", chosen.model, chosen.arch,
      model.parameter_count(), chosen.likelihood, named_, train->size(),
      validation ? fmt::format(" and {} held out", validation->size()) : "", device.backend(),
      reductions);
  if (!data.report.taken.empty()) say("data: {}\n", fmt::join(data.report.taken, "; "));
}

TrainingResult Train::fit(const Options& given, const Data& data, Model& model,
                          const OpenDevice& device) {
  const auto seed = static_cast<std::uint64_t>(settings_.seed);
  const auto& [examples, held_out] = data.parts;
  Loader train(examples, {.batch_size = settings_.batch_size,
                          .seed = seed,
                          .transforms = make_transforms(settings_.data)});
  std::optional<Loader> validation;
  if (held_out)
    validation.emplace(
        make_eval_loader(settings_.data, held_out, settings_.batch_size, settings_.seed));
  const std::int64_t steps = settings_.epochs * train.batches();
  settings_.model.count_shares(steps);
  const Schedule rate = Schedule::parse(settings_.learning_rate.text).over(steps);
  if (settings_.learning_rate.text.find('%') != std::string::npos)
    settings_.learning_rate.text = rate.str();
  TrainerOptions options{.epochs = settings_.epochs,
                         .learning_rate = rate,
                         .clip_norm = settings_.clip,
                         .ema_decay = settings_.ema,
                         .capture = !eager_,
                         .seed = seed,
                         .checkpoint_epochs = settings_.save_every,
                         .same_configuration = same_fixed_part,
                         .patience = static_cast<int>(settings_.patience)};
  Objectives objectives(model);
  options.second = objectives.second();
  // The last that may be wrong: from here on it is written.
  check_options(model, options, train.batches());

  begin(given, data, model);
  announce(data, model, device);
  options.folder = folder_.path;
  options.configuration = fixed_;
  options.resume = resuming() && has_checkpoint(folder_.checkpoints());
  Trainer trainer(model, loss_of(model), objectives.optimizer(), train,
                  validation ? &*validation : nullptr, options);
  Progress progress({.style = parse_progress_style(progress_)});
  trainer.add(progress);
  LatentRecord record(
      model, make_eval_loader(settings_.data, examples, settings_.batch_size, settings_.seed),
      folder_.latent());
  trainer.add(record);
  return trainer.run();
}

/// Looks at the finished run as the other commands do, so that the numbers are those of `eval`.
void Train::finish(const TrainingResult& result) const {
  RunOptions look;
  look.run = folder_.path.string();
  look.device.backend = settings_.device.backend;
  look.device.threads = settings_.device.threads;
  OpenRun open(look);
  const Metrics metrics = measure_finite(open);
  if (json_) {
    json out{{"run", look.run},
             {"model", settings_.model.model},
             {"split", "test"},
             {"examples", open.examples().dataset().size()},
             {"epochs", result.epochs},
             {"steps", result.step},
             {"seconds", result.seconds},
             {"checkpoint", open.loaded().checkpoint.string()},
             {"images", folder_.images().string()}};
    for (const auto& [name, value] : metrics) out[name] = value;
    fmt::print("{}\n", out.dump());
  } else {
    fmt::print("{}: {} epochs in {:.1f} s\n", open.title(), result.epochs, result.seconds);
    for (const auto& [name, value] : metrics)
      fmt::print(
          "  test {:<16}{:>10}\n", name,
          std::abs(value) < 1e9 ? fmt::format("{:.3f}", value) : fmt::format("{:.4g}", value));
    if (const std::string& at = open.loaded().objective; !at.empty())
      fmt::print("  (at {}, the last of its schedule)\n", at);
    fmt::print("checkpoint  {}\n", open.loaded().checkpoint.string());
  }
  std::fflush(stdout);  // the figures are there, whatever becomes of the pictures
  draw(open);
}

/// A picture for which there is no memory does not fail the run.
void Train::draw(OpenRun& open) const {
  std::string failure;
  try {
    const std::vector<std::string> drawn = save_usual(open);
    if (!json_)
      fmt::print("pictures    {}/{{{}}}.png\n", folder_.images().string(), fmt::join(drawn, ","));
    return;
  } catch (const std::bad_alloc&) {
    failure = "out of memory";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::memory) throw;
    failure = error.what();
  }
  say("note: not all pictures were drawn ({}): the run is complete; draw them with less, as by "
      "'varve sample {} --count 9'\n",
      failure, folder_.path.string());
}

}  // namespace

CommandPtr make_train() { return std::make_unique<Train>(); }

}  // namespace varve::studio
