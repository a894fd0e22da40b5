#include "apps/studio/runs/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/core/schedule.h"

namespace varve::studio {
namespace {

constexpr std::string_view group = "Options of single models ('varve models NAME' explains them)";
constexpr std::string_view networks_group = "Options of single networks (--arch)";

/// Flags of networks that are older than their registry: fields of the settings.
bool is_field(std::string_view option) { return option == "hidden" || option == "activation"; }

/// What the option means, in the words of each row that has it.
template <class Rows>
std::string description_of(const Rows& rows, std::string_view name) {
  std::vector<std::string> helps, choices;
  const auto add_new = [](std::vector<std::string>& list, const std::string& text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
  };
  for (const auto& row : rows)
    if (const Option* option = find_option(row.options, name)) {
      add_new(helps, option->help);
      for (const auto& choice : option->choices) add_new(choices, choice);
    }
  return fmt::format("{}{}{}", fmt::join(helps, "; or "), choices.empty() ? "" : ": ",
                     fmt::join(choices, ", "));
}

/// "vae, beta-vae" or "--arch conv": who has the option.
std::vector<std::string> owners_of(std::string_view option) {
  std::vector<std::string> names;
  for (const auto& info : model_registry())
    if (info.find(option) != nullptr) names.push_back(info.name);
  for (const auto& networks : network_registry())
    if (find_option(networks.options, option) != nullptr)
      names.push_back("--arch " + networks.name);
  return names;
}

/// Whether it is a Gaussian or Laplace.
bool has_scale(const std::string& likelihood) {
  return likelihood_registry().at(likelihood).has_scale;
}

double parse_sigma(const OptionText& text) {
  static const Option sigma{"sigma", "", Option::Kind::number, 1.0, {.least = 1e-6, .most = 1e15}};
  return text.text.empty() ? 1 : std::get<double>(sigma.parse(text.text));
}

}  // namespace

std::string_view unit_of(const Option& option) {
  switch (option.kind) {
    case Option::Kind::number:
      return "X";
    case Option::Kind::count:
      return "N";
    case Option::Kind::counts:
      return "N,N,...";
    case Option::Kind::choice:
      return "NAME";
    case Option::Kind::schedule:
      break;
  }
  return "X|SCHEDULE";
}

std::string default_of(const Option& option) { return text_of(option.fallback); }

const Option* ModelSettings::find(std::string_view name) const {
  return find_option(find_model(model), network_registry().at(arch), name);
}

void ModelSettings::declare(Options& options) {
  options.add("model", &model, "'varve models' lists them", {.kept = true});
  options.add("arch", &arch,
              fmt::format("networks: {}", fmt::join(network_registry().names(), ", ")),
              {.kept = true});
  options.add("latent", &latent, "size of a code; default: 20 (mlp), 10 (conv)",
              {.kept = true, .least = 0});
  options.add("hidden", &hidden, "hidden layers of the mlp; default: 400",
              {.kept = true, .least = 1});
  options.add("activation", &activation, description_of(network_registry(), "activation"),
              {.kept = true});
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
  const auto add_all = [&](const auto& rows, std::string_view heading) {
    for (const auto& row : rows)
      for (const auto& option : row.options) {
        if (is_field(option.name)) continue;
        const auto [place, is_new] = own.try_emplace(option.name);
        if (is_new)
          options.add(option.name, &place->second, description_of(rows, option.name),
                      {.kept = true, .unit = unit_of(option), .group = heading});
      }
  };
  add_all(model_registry(), group);
  add_all(network_registry(), networks_group);
}

void ModelSettings::check() const {
  require_known("--arch", arch, network_registry().names());
  if (const Option* option = find("activation"))
    require_known("--activation", activation, option->choices);
  require_known("--init", init, {"auto", "he", "xavier", "fan-in"});
  require_known("--likelihood", likelihood, likelihood_names());
  require_known("--link", link, {"auto", "identity", "sigmoid"});
  if (link == "sigmoid" && !has_scale(likelihood))
    fail(ErrorKind::usage,
         "[train] --link is for gaussian and laplace likelihoods, and --likelihood {} has its own: "
         "leave it out",
         likelihood);
  parse_sigma(sigma);
  for (const auto& [name, given] : own)
    if (const Option* option = find(name); option != nullptr && !given.text.empty())
      option->parse(given.text);
}

void ModelSettings::reject_unused(const Options& options) const {
  const ModelInfo& info = find_model(model);
  std::vector<std::string> flags;
  for (const auto* list : {&info.options, &network_registry().at(arch).options})
    for (const auto& option : *list) flags.push_back("--" + option.name);
  std::vector<std::string> given{"hidden", "activation"};
  for (const auto& [name, value] : own) given.push_back(name);
  for (const auto& name : given) {
    if (!options.has(name) || !options.flagged(name) || find(name) != nullptr) continue;
    const std::string nearest = nearest_name("--" + name, flags);
    const std::string meant = nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
    const std::string taken =
        flags.empty() ? "no options of their own" : fmt::format("{}", fmt::join(flags, ", "));
    fail(ErrorKind::usage,
         "[train] --{} means nothing to the model '{}' with --arch {}{} They take {}; --{} is for "
         "{}",
         name, model, arch, meant.empty() ? "." : meant, taken, name,
         fmt::join(owners_of(name), ", "));
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
  for (const auto& [name, given] : own)
    if (const Option* option = find(name); option != nullptr && !given.text.empty())
      options.own[name] = option->parse(given.text);
  return completed(info, std::move(options));
}

void ModelSettings::complete(const DataFacts& facts) {
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
    const Option* option = find(name);
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
      value.text = Schedule::parse(value.text).over(run_steps).str();
}

std::unique_ptr<Model> ModelSettings::make(const DataFacts& facts) const {
  return make_model(model, model_options(facts));
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

}  // namespace varve::studio
