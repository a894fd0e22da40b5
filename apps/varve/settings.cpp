#include "apps/varve/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/optim/schedule.h"

namespace varve::app {

const ModelInfo& find_model(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& info : model_registry()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  fail(ErrorKind::usage, "[model] unknown model '{}'{}", name, did_you_mean(name, names));
}

void ModelSettings::declare(Options& options) {
  options.add("model", &model, "'varve models' lists them", {.kept = true});
  options.add("arch", &arch, "networks: mlp or conv", {.kept = true});
  options.add("latent", &latent, "size of a code; default: 20 (mlp), 10 (conv)",
              {.kept = true, .least = 0});
  options.add("hidden", &hidden, "hidden layers of the mlp; default: 400",
              {.kept = true, .least = 1});
  options.add("activation", &activation, "of the mlp: relu or tanh", {.kept = true});
  options.add("likelihood", &likelihood, fmt::format("{}", fmt::join(likelihood_names(), ", ")),
              {.kept = true});
  options.add("sigma", &sigma, "scale of the gaussian and laplace likelihoods",
              {.kept = true, .least = 1e-6});
  options.add("beta", &beta, "weight of the KL term; default: the model's", {.kept = true});
}

void ModelSettings::check() const {
  find_model(model);
  require_known("--arch", arch, {"mlp", "conv"});
  require_known("--activation", activation, {"relu", "tanh"});
  require_known("--likelihood", likelihood, likelihood_names());
}

void ModelSettings::reject_unused(const Options& options) const {
  const auto& uses = find_model(model).uses;
  for (const std::string flag : {"latent", "hidden", "activation", "likelihood", "sigma", "beta"}) {
    if (!options.flagged(flag) || std::find(uses.begin(), uses.end(), flag) != uses.end()) continue;
    std::vector<std::string> users;
    for (const auto& info : model_registry())
      if (std::find(info.uses.begin(), info.uses.end(), flag) != info.uses.end())
        users.push_back(info.name);
    fail(ErrorKind::usage, "[train] --{} means nothing to the model '{}': leave it out, or take {}",
         flag, model, fmt::join(users, ", "));
  }
}

void ModelSettings::complete(const Model& built) {
  latent = built.latent_size();
  if (beta.text.empty()) beta.text = fmt::format("{}", find_model(model).beta);
}

std::unique_ptr<Model> ModelSettings::make(const Shape& image) const {
  ModelOptions options{.image = image,
                       .arch = arch,
                       .latent = latent,
                       .hidden = hidden,
                       .activation = activation,
                       .likelihood = likelihood,
                       .sigma = sigma};
  if (!beta.text.empty()) options.beta = Schedule::parse(beta.text)(0);
  if (options.beta < 0 && !beta.text.empty())
    fail(ErrorKind::usage, "[train] --beta must be at least 0, got {}", beta.text);
  return make_model(model, options);
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
  options.add("limit", &limit, "train on N examples only, spread over all; 0: on all",
              {.kept = true, .least = 0});
}

}  // namespace varve::app
