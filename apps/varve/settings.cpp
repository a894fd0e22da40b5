#include "apps/varve/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/optim/schedule.h"

namespace varve::app {
namespace {

constexpr std::string_view group = "Options of single models ('varve models NAME' explains them)";

/// What the option means, in the words of each model that has it.
std::string description_of(std::string_view name) {
  std::vector<std::string> helps;
  std::vector<std::string> choices;
  for (const auto& info : model_registry())
    if (const auto* option = info.find(name)) {
      if (std::find(helps.begin(), helps.end(), option->help) == helps.end())
        helps.push_back(option->help);
      choices = option->choices;
    }
  return fmt::format("{}{}{}", fmt::join(helps, "; or "), choices.empty() ? "" : ": ",
                     fmt::join(choices, ", "));
}

std::vector<std::string> flags_of(const ModelInfo& info) {
  std::vector<std::string> flags;
  for (const auto& option : info.options) flags.push_back("--" + option.name);
  return flags;
}

std::vector<std::string> models_with(std::string_view option) {
  std::vector<std::string> names;
  for (const auto& info : model_registry())
    if (info.find(option) != nullptr) names.push_back(info.name);
  return names;
}

/// Whether it is a Gaussian or Laplace.
bool has_scale(const std::string& likelihood) {
  return likelihood != "bernoulli" && likelihood != "continuous-bernoulli";
}

double parse_sigma(const OptionText& text) {
  static const NumberOption sigma("sigma", "", 1, {.least = 1e-6, .most = 1e15});
  return text.text.empty() ? 1 : std::get<double>(sigma.parse(text.text));
}

}  // namespace

std::string_view unit_of(const ModelOption& option) {
  switch (option.kind) {
    case ModelOption::Kind::number:
      return "X";
    case ModelOption::Kind::count:
      return "N";
    case ModelOption::Kind::choice:
      return "NAME";
    case ModelOption::Kind::schedule:
      break;
  }
  return "X|SCHEDULE";
}

std::string default_of(const ModelOption& option) {
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, option.fallback);
}

void ModelSettings::declare(Options& options) {
  options.add("model", &model, "'varve models' lists them", {.kept = true});
  options.add("arch", &arch, "networks: mlp or conv", {.kept = true});
  options.add("latent", &latent, "size of a code; default: 20 (mlp), 10 (conv)",
              {.kept = true, .least = 0});
  options.add("hidden", &hidden, "hidden layers of the mlp; default: 400",
              {.kept = true, .least = 1});
  options.add("activation", &activation, "of the mlp: relu, tanh or gated", {.kept = true});
  options.add("init", &init,
              "first weights: he, xavier, fan-in (as PyTorch) or auto: what fits the activation",
              {.kept = true});
  options.add("likelihood", &likelihood, fmt::format("{}", fmt::join(likelihood_names(), ", ")),
              {.kept = true});
  options.add("sigma", &sigma,
              "scale of the gaussian and laplace likelihoods, where learned-sigma starts; default: "
              "0.1 for data in [0, 1], else 1",
              {.kept = true, .unit = "X"});
  options.add(
      "link", &link,
      "of gaussian and laplace means: identity, sigmoid or auto: sigmoid for data in [0, 1]",
      {.kept = true});
  for (const auto& info : model_registry())
    for (const auto& option : info.options) {
      const auto [place, is_new] = own.try_emplace(option.name);
      if (is_new)
        options.add(option.name, &place->second, description_of(option.name),
                    {.kept = true, .unit = unit_of(option), .group = group});
    }
}

void ModelSettings::check() const {
  require_known("--arch", arch, {"mlp", "conv"});
  require_known("--activation", activation, {"relu", "tanh", "gated"});
  require_known("--init", init, {"auto", "he", "xavier", "fan-in"});
  require_known("--likelihood", likelihood, likelihood_names());
  require_known("--link", link, {"auto", "identity", "sigmoid"});
  if (link == "sigmoid" && !has_scale(likelihood))
    fail(ErrorKind::usage,
         "[train] --link is for gaussian and laplace likelihoods, and --likelihood {} has its own: "
         "leave it out",
         likelihood);
  parse_sigma(sigma);
  for (const auto& option : find_model(model).options)
    if (const auto given = own.find(option.name); given != own.end() && !given->second.text.empty())
      option.parse(given->second.text);
}

void ModelSettings::reject_unused(const Options& options) const {
  const ModelInfo& info = find_model(model);
  for (const auto& [name, value] : own) {
    if (!options.flagged(name) || info.find(name) != nullptr) continue;
    const auto flags = flags_of(info);
    const std::string nearest = nearest_name("--" + name, flags);
    const std::string meant = nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
    const std::string taken =
        flags.empty() ? "no options of its own" : fmt::format("{}", fmt::join(flags, ", "));
    fail(ErrorKind::usage,
         "[train] --{} means nothing to the model '{}'{} It takes {}; --{} is for {}", name, model,
         meant.empty() ? "." : meant, taken, name, fmt::join(models_with(name), ", "));
  }
}

ModelOptions ModelSettings::model_options(const DataFacts& facts) const {
  const ModelInfo& info = find_model(model);
  ModelOptions options{.image = facts.image,
                       .classes = facts.classes,
                       .examples = facts.examples,
                       .arch = arch,
                       .latent = latent,
                       .hidden = hidden,
                       .activation = activation,
                       .init = init == "auto" ? "" : init,
                       .likelihood = likelihood,
                       .sigma = parse_sigma(sigma),
                       .link = link == "sigmoid" ? Link::sigmoid : Link::identity};
  for (const auto& option : info.options)
    if (const auto given = own.find(option.name); given != own.end() && !given->second.text.empty())
      options.own[option.name] = option.parse(given->second.text);
  return completed(info, std::move(options));
}

void ModelSettings::complete(const DataFacts& facts) {
  const ModelInfo& info = find_model(model);
  // Pictures: a mean that stays in [0, 1], and a scale of about what a trained decoder leaves over.
  // With 1 the KL term would weigh some hundred times too much, and codes would say nothing.
  const bool scaled = has_scale(likelihood);
  if (link == "auto") link = facts.unit && scaled ? "sigmoid" : "identity";
  // Learned by Adam, log sigma moves by the rate in each step: it should not start far away.
  if (sigma.text.empty())
    sigma.text = facts.unit && scaled && likelihood != "optimal-sigma" ? "0.1" : "1";
  const ModelOptions chosen = model_options(facts);
  latent = chosen.latent;
  init = chosen.init;
  for (auto& [name, value] : own) {
    const ModelOption* option = info.find(name);
    if (option == nullptr)
      value.text.clear();
    else if (value.text.empty())
      value.text = default_of(*option);
  }
}

void ModelSettings::complete_as_before() {
  if (link == "auto") link = "identity";
  if (init == "auto") init = "fan-in";
  if (sigma.text.empty()) sigma.text = "1";
}

void ModelSettings::count_shares(std::int64_t run_steps) {
  for (auto& [name, value] : own)
    if (value.text.find('%') != std::string::npos)
      value.text = Schedule::parse(value.text, run_steps).str();
}

std::unique_ptr<Model> ModelSettings::make(const DataFacts& facts) const {
  return make_model(model, model_options(facts));
}

std::vector<ScheduledValue> ModelSettings::schedules(Model& built) const {
  std::vector<ScheduledValue> schedules;
  for (const auto& [name, value] : built.tunable()) {
    ScheduledValue scheduled{name, Schedule::parse(own.at(name).text), value};
    const Bounds bounds = find_model(model).find(name)->bounds;
    scheduled.least = std::max(scheduled.least, bounds.least);
    scheduled.most = std::min(scheduled.most, bounds.most);
    schedules.push_back(std::move(scheduled));
  }
  return schedules;
}

void TrainSettings::declare(Options& options) {
  model.declare(options);
  data.declare(options, true);
  device.declare(options, true);
  options.add("epochs", &epochs, "passes over the training data", {.kept = true, .least = 1});
  options.add("batch-size", &batch_size, "examples a step", {.kept = true, .least = 1});
  options.add("lr", &learning_rate, "learning rate of Adam", {.kept = true});
  options.add("seed", &seed, "of weights, data order and noise",
              {.kept = true, .least = 0, .most = 0x1p53});
  options.add("validation", &validation, "hold out a share (0.1) or a number of the examples",
              {.kept = true, .unit = "X|N"});
  options.add("patience", &patience, "stop after N epochs without a lower loss; 0: never",
              {.kept = true, .least = 0});
  options.add("clip", &clip, "largest norm of the gradients; 0: any", {.kept = true, .least = 0});
  options.add("ema", &ema, "decay of averaged weights, which are then the run's; 0: none",
              {.kept = true, .least = 0, .most = 0.999999});
  options.add("limit", &limit, "train on N examples only, spread over all; 0: on all",
              {.kept = true, .least = 0});
  options.add("save-every", &save_every,
              "epochs between checkpoints; 0: as often as takes a twentieth of the time at most",
              {.kept = true, .least = 0});
}

}  // namespace varve::app
