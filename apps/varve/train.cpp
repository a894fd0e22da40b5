#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/varve/command.h"
#include "apps/varve/latent_record.h"
#include "apps/varve/open_run.h"
#include "apps/varve/run_pictures.h"
#include "framework/core/error.h"
#include "framework/io/checkpoint.h"
#include "framework/io/json.h"
#include "framework/optim/schedule.h"
#include "framework/platform/platform.h"
#include "framework/train/progress.h"
#include "framework/train/trainer.h"
#include "models/objectives.h"

namespace varve::app {
namespace {

using nlohmann::json;

/// What a resume may change: the weights up to here do not depend on it.
constexpr std::array<std::string_view, 5> free_on_resume{"backend", "data-dir", "epochs",
                                                         "patience", "threads"};

/// The part of a configuration that a resume must not change.
json fixed_part(const json& config) {
  json out = json::object();
  for (const auto& [key, value] : config.items())
    if (!is_remark(key) &&
        std::find(free_on_resume.begin(), free_on_resume.end(), key) == free_on_resume.end())
      out[key] = value;
  return out;
}

class Train : public Command {
 public:
  About about() const override {
    return {"train", "Train a model, evaluate it and draw what it does",
            "varve train --model vae --data digits --epochs 5 --out runs/first"};
  }

  void declare(Options& options) override;
  std::filesystem::path config() const override;
  int run(const Options& options) override;

 private:
  RunFolder choose_folder() const;
  void begin(const RunFolder& folder, const Options& options, const DataFacts& facts,
             const Model& model);
  json resumed(const RunFolder& folder, const Options& options) const;
  void announce(const TrainingData& data, const Model& model, const OpenDevice& device) const;
  TrainingResult fit(const RunFolder& folder, const TrainingData& data, Model& model);
  void finish(const RunFolder& folder, const TrainingResult& result) const;

  TrainSettings settings_;
  std::string out_, config_, resume_;
  std::string progress_ = "auto";
  bool eager_ = false;
  bool json_ = false;
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
  const RunFolder folder = choose_folder();
  const DatasetPtr all = open_images(settings_.data, Split::train);
  const auto data = split_validation(limited(all, settings_.limit), settings_.validation);
  TrainingResult result;
  {
    const OpenDevice device(settings_.device, settings_.seed);
    settings_.device.backend = device.backend();
    const DataFacts facts{all->shape(), all->num_classes(), data.train->size()};
    settings_.model.complete(facts);
    const auto model = settings_.model.make(facts);
    check_range(settings_.data, *all, model->likelihood());
    begin(folder, options, facts, *model);
    announce(data, *model, device);
    result = fit(folder, data, *model);
    device.report();
  }
  if (result.signal == 0)
    finish(folder, result);
  else
    fmt::print(stderr, "stopped; go on with: varve train --resume {}\n", folder.path.string());
  return result.exit_code();
}

RunFolder Train::choose_folder() const {
  if (!resume_.empty()) return {resume_};
  if (out_.empty())
    return RunFolder::next(settings_.model.model + "-" + settings_.data.short_name());
  const RunFolder folder{out_};
  if (folder.holds_run())
    fail(ErrorKind::usage,
         "[train] {} holds a run already: go on with --resume {}, or give another --out", out_,
         out_);
  return folder;
}

/// The configuration of the run that goes on: what the weights depend on as it was, the rest as it
/// is now. Throws ErrorKind::usage if another value was asked for.
json Train::resumed(const RunFolder& folder, const Options& options) const {
  json now = options.kept();
  const json before = fixed_part(io::read_json(folder.config(), "[train]"));
  const json fixed = fixed_part(now);
  for (const auto& [key, value] : fixed.items()) {
    const bool kept = before.contains(key) ? before[key] == value : !options.flagged(key);
    if (!kept)
      fail(ErrorKind::usage,
           "[train] {} was trained with {} = {}, and now it is {}: a resume must keep it", resume_,
           key, before.value(key, json("its default")).dump(), value.dump());
    now.erase(key);
  }
  now.update(before);
  return now;
}

/// Writes the configuration of a new run; makes sure that a resumed one is the same run.
void Train::begin(const RunFolder& folder, const Options& options, const DataFacts& facts,
                  const Model& model) {
  const json config = resume_.empty() ? options.kept() : resumed(folder, options);
  fixed_ = fixed_part(config).dump();
  platform::make_directories(folder.path);
  platform::remove_leftovers(folder.path / ".");
  write_config(folder, config, facts, model);
}

void Train::announce(const TrainingData& data, const Model& model, const OpenDevice& device) const {
  if (progress_ == "none") return;
  const auto& chosen = settings_.model;
  fmt::print(stderr, "{} ({}, {} parameters, {}) on {}: {} examples", chosen.model, chosen.arch,
             model.parameter_count(), chosen.likelihood, settings_.data.data, data.train->size());
  if (data.validation) fmt::print(stderr, " and {} held out", data.validation->size());
  fmt::print(stderr, "; {}\nloss: {}\n", device.backend(), reductions);
}

TrainingResult Train::fit(const RunFolder& folder, const TrainingData& data, Model& model) {
  const auto seed = static_cast<std::uint64_t>(settings_.seed);
  Loader train(data.train, {.batch_size = settings_.batch_size,
                            .seed = seed,
                            .transforms = make_transforms(settings_.data)});
  std::optional<Loader> validation;
  if (data.validation)
    validation.emplace(
        make_eval_loader(settings_.data, data.validation, settings_.batch_size, settings_.seed));
  TrainerOptions options{.epochs = settings_.epochs,
                         .learning_rate = Schedule::parse(settings_.learning_rate.text),
                         .clip_norm = settings_.clip,
                         .ema_decay = settings_.ema,
                         .capture = !eager_,
                         .seed = seed,
                         .folder = folder.path,
                         .configuration = fixed_,
                         .resume = !resume_.empty() && has_checkpoint(folder.checkpoints()),
                         .patience = static_cast<int>(settings_.patience)};
  options.scheduled = settings_.model.schedules(model);

  Objectives objectives(model);
  options.second = objectives.second();
  Trainer trainer(model, loss_of(model), objectives.optimizer(), train,
                  validation ? &*validation : nullptr, options);
  Progress progress({.style = parse_progress_style(progress_)});
  trainer.add(progress);
  LatentRecord record(
      model, make_eval_loader(settings_.data, data.train, settings_.batch_size, settings_.seed),
      folder.latent());
  trainer.add(record);
  return trainer.run();
}

/// Looks at the finished run as the other commands do, so that the numbers are those of `eval`.
void Train::finish(const RunFolder& folder, const TrainingResult& result) const {
  RunOptions look;
  look.run = folder.path.string();
  look.device.backend = settings_.device.backend;
  look.device.threads = settings_.device.threads;
  OpenRun open(look);
  const Metrics metrics = measure(open.model(), open.examples());
  const std::vector<std::string> drawn = save_usual(open);

  if (json_) {
    json out{{"run", look.run},
             {"model", settings_.model.model},
             {"split", "test"},
             {"examples", open.examples().dataset().size()},
             {"epochs", result.epochs},
             {"steps", result.step},
             {"seconds", result.seconds},
             {"checkpoint", open.loaded().checkpoint.string()},
             {"images", folder.images().string()}};
    for (const auto& [name, value] : metrics) out[name] = value;
    fmt::print("{}\n", out.dump());
    return;
  }
  fmt::print("{}: {} epochs in {:.1f} s\n", open.title(), result.epochs, result.seconds);
  for (const auto& [name, value] : metrics) fmt::print("  test {:<16}{:>10.3f}\n", name, value);
  fmt::print("checkpoint  {}\n", open.loaded().checkpoint.string());
  fmt::print("pictures    {}/{{{}}}.png\n", folder.images().string(), fmt::join(drawn, ","));
}

}  // namespace

CommandPtr make_train() { return std::make_unique<Train>(); }

}  // namespace varve::app
