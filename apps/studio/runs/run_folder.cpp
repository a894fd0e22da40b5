#include "apps/studio/runs/run_folder.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/studio/say.h"
#include "framework/core/error.h"
#include "framework/core/schedule.h"
#include "framework/core/version.h"
#include "framework/io/checkpoint.h"
#include "framework/io/json.h"
#include "framework/platform/platform.h"

namespace varve::studio {

namespace fs = std::filesystem;

namespace {

/// What would be a wrong flag elsewhere is a damaged file here.
void read_settings(const fs::path& config, TrainSettings& settings) {
  CLI::App parser("", "run");
  Options options(parser);
  settings.declare(options);
  try {
    options.read_config(config);
    options.check();
    settings.model.complete_as_before();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    throw Error(ErrorKind::input, error.what());
  }
}

/// The first weight that is not finite; empty if all are.
std::string non_finite_weight(const Checkpoint::Arrays& weights) {
  const auto finite = [](auto values) {
    return std::all_of(values.begin(), values.end(),
                       [](auto value) { return std::isfinite(value); });
  };
  for (const auto& [path, array] : weights)
    if ((array.dtype == DType::f32 && !finite(array.as<float>())) ||
        (array.dtype == DType::f64 && !finite(array.as<double>())))
      return path;
  return {};
}

DataPrints prints_of(const nlohmann::json& config) {
  const auto text = [&](const char* key) {
    const auto found = config.find(key);
    return found != config.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return {text("train-print"), text("test-print")};
}

/// What write_config() wrote of the data. A configuration may lack the numbers: then they are 0.
DataFacts facts_of(const nlohmann::json& config, const fs::path& path) {
  constexpr std::int64_t most_elements = std::int64_t{1} << 31;
  constexpr std::int64_t most_classes = 65536;
  const auto sides = config.value("image", nlohmann::json::array());
  DataFacts facts;
  std::int64_t elements = 1;
  for (const auto& side : sides) {
    const bool fits = facts.image.size() < 3 && side.is_number_unsigned() && side > 0 &&
                      side <= most_elements / elements;
    if (!fits) break;
    facts.image.push_back(side.get<std::int64_t>());
    elements *= facts.image.back();
  }
  if (sides.size() != 3 || facts.image.size() != 3)
    fail(ErrorKind::input,
         "[run] {} lacks \"image\", a list of three numbers from 1 whose product is at most {}: "
         "restore the file",
         path.string(), most_elements);
  const auto origin = fmt::format("[run] {}", path.string());
  if (config.contains("classes"))
    facts.classes = io::whole_number(config, "classes", 0, most_classes, origin);
  for (const auto& name : config.value("class-names", nlohmann::json::array()))
    if (name.is_string()) facts.class_names.push_back(name.get<std::string>());
  if (static_cast<std::int64_t>(facts.class_names.size()) != facts.classes)
    facts.class_names.clear();
  if (config.contains("examples"))
    facts.examples = io::whole_number(config, "examples", 0, INT64_MAX, origin);
  return facts;
}

}  // namespace

bool RunFolder::holds_run() const { return fs::exists(config()) || has_checkpoint(checkpoints()); }

RunFolder RunFolder::make_next(const std::string& name) {
  const fs::path runs = "runs";
  platform::make_directories(runs);
  for (int i = 1;; ++i)
    if (const fs::path path = runs / fmt::format("{}-{}", name, i);
        platform::make_new_directory(path))
      return {path};
}

std::unique_ptr<platform::FolderLock> hold(const RunFolder& folder) {
  for (bool waiting = false;; waiting = true) {
    auto lock = std::make_unique<platform::FolderLock>(folder.path);
    if (lock->held()) return lock;
    if (!lock->is_coming_free())
      fail(ErrorKind::usage,
           "[train] {}: another process trains there now: wait until it ends, or begin another run "
           "with another --out",
           folder.path.string());
    if (!waiting) say("note: {}: waiting for a process to end\n", folder.path.string());
    constexpr std::chrono::milliseconds moment(20);
    std::this_thread::sleep_for(moment);
  }
}

void write_config(const RunFolder& folder, const nlohmann::json& kept, const DataFacts& facts,
                  const DataPrints& prints, const DataReport& report, const Model& model) {
  nlohmann::json config = kept;
  config["image"] = std::vector<std::int64_t>(facts.image.begin(), facts.image.end());
  config["classes"] = facts.classes;
  config["class-names"] = facts.class_names;
  config["data-taken"] = report.taken;
  config["data-left-out"] = report.left_out;
  config["examples"] = facts.examples;
  config["train-print"] = prints.train;
  config["test-print"] = prints.test;
  config["parameters"] = model.parameter_count();
  config["reductions"] = reductions;
  config["version"] = fmt::format("{}.{}.{}", version_major, version_minor, version_patch);
  platform::write_file_atomically(folder.config(), config.dump(2) + "\n");
}

TrainedRun::TrainedRun(const fs::path& path) : folder{path} {
  if (!fs::exists(folder.config()))
    fail(ErrorKind::input,
         "[run] {} holds no config.json: name the folder that 'varve train' has written",
         path.string());
  read_settings(folder.config(), settings);
  const auto config = io::read_json(folder.config(), "[run]");
  facts = facts_of(config, folder.config());
  prints = prints_of(config);
  settings.model.complete(facts);
}

std::string TrainedRun::title() const {
  return settings.model.model + " on " + settings.data.short_name();
}

TrainedRun::Loaded TrainedRun::load(const std::string& which) const {
  require_known("--checkpoint", which, {"auto", "best", "last"});
  const bool best = which == "best" || (which == "auto" && settings.validation != "0");
  Loaded loaded{settings.model.make(facts), {}, 0, 0, {}};
  auto [checkpoint, path, notes] = best ? load_best_checkpoint(folder.checkpoints())
                                        : load_latest_checkpoint(folder.checkpoints());
  for (const auto& note : notes) say("note: {}\n", note);
  if (const std::string name = non_finite_weight(checkpoint.weights()); !name.empty())
    fail(ErrorKind::non_finite,
         "[run] {}: the weight {} is not finite: take an earlier checkpoint, or train anew with a "
         "lower --lr or with --clip 1",
         path.string(), name);
  loaded.model->load_state(checkpoint.weights(), WeightOrder::varve);
  loaded.model->eval();
  loaded.checkpoint = path;
  loaded.step = checkpoint.state.step;
  loaded.epochs = checkpoint.state.epoch;
  const std::int64_t steps = std::max<std::int64_t>(settings.epochs * checkpoint.state.batches, 1);
  loaded.model->move_schedules(steps - 1, steps);
  for (const auto& scheduled : loaded.model->scheduled_values()) {
    const Schedule schedule = scheduled.schedule.over(steps);
    const double last = schedule(steps - 1);
    const auto range = schedule.range(steps);
    if (range.least.value != range.most.value)
      loaded.objective +=
          fmt::format("{}{} = {:.6g}", loaded.objective.empty() ? "" : ", ", scheduled.name, last);
  }
  return loaded;
}

void TrainedRun::require_fit(const Dataset& data, const std::string& name) const {
  if (!(data.shape() == facts.image))
    fail(ErrorKind::input,
         "[run] {} holds images of shape {}, and the model in {} was trained on {}: take the data "
         "that it was trained on, or resize the images",
         name, data.shape().str(), folder.path.string(), facts.image.str());
}

}  // namespace varve::studio
