#include "apps/varve/run_folder.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "framework/core/error.h"
#include "framework/core/version.h"
#include "framework/io/checkpoint.h"
#include "framework/io/json.h"
#include "framework/optim/schedule.h"
#include "framework/platform/platform.h"

namespace varve::app {

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
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    throw Error(ErrorKind::input, error.what());
  }
}

/// What write_config() wrote of the data. A configuration may lack the numbers: then they are 0.
DataFacts read_facts(const fs::path& path) {
  constexpr std::int64_t most_elements = std::int64_t{1} << 31;
  constexpr std::int64_t most_classes = 65536;
  const auto config = io::read_json(path, "[run]");
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
  if (config.contains("examples"))
    facts.examples = io::whole_number(config, "examples", 0, INT64_MAX, origin);
  return facts;
}

}  // namespace

bool RunFolder::holds_run() const { return fs::exists(config()) || has_checkpoint(checkpoints()); }

RunFolder RunFolder::next(const std::string& name) {
  for (int i = 1;; ++i) {
    const fs::path path = fs::path("runs") / fmt::format("{}-{}", name, i);
    if (!fs::exists(path)) return {path};
  }
}

void write_config(const RunFolder& folder, const nlohmann::json& kept, const DataFacts& facts,
                  const Model& model) {
  nlohmann::json config = kept;
  config["image"] = std::vector<std::int64_t>(facts.image.begin(), facts.image.end());
  config["classes"] = facts.classes;
  config["examples"] = facts.examples;
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
  facts = read_facts(folder.config());
  settings.model.complete(facts);
}

std::string TrainedRun::title() const {
  return settings.model.model + " on " + settings.data.short_name();
}

TrainedRun::Loaded TrainedRun::load(const std::string& which) const {
  require_known("--checkpoint", which, {"auto", "best", "last"});
  const bool best = which == "best" || (which == "auto" && settings.validation != "0");
  Loaded loaded{settings.model.make(facts), {}, 0, 0};
  auto [checkpoint, path, notes] = best ? load_best_checkpoint(folder.checkpoints())
                                        : load_latest_checkpoint(folder.checkpoints());
  for (const auto& note : notes) fmt::print(stderr, "note: {}\n", note);
  loaded.model->load_state(checkpoint.weights(), WeightOrder::varve);
  loaded.model->eval();
  loaded.checkpoint = path;
  loaded.step = checkpoint.state.step;
  loaded.epochs = checkpoint.state.epoch;
  for (auto& [name, schedule, target] : settings.model.schedules(*loaded.model)) {
    const auto value = static_cast<float>(schedule(std::max<std::int64_t>(loaded.step - 1, 0)));
    target.upload(std::span<const float>(&value, 1));
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

}  // namespace varve::app
