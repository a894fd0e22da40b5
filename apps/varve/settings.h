#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/varve/data_options.h"
#include "apps/varve/device_options.h"
#include "apps/varve/options.h"
#include "models/registry.h"

namespace varve::app {

/// How the parts of every loss are reduced.
inline constexpr const char* reductions =
    "sum over pixels, sum over latent dimensions, mean over the batch";

/// Which model.
struct ModelSettings {
  std::string model = "vae";
  std::string arch = "mlp";
  std::int64_t latent = 0;
  std::vector<std::int64_t> hidden{400};
  std::string activation = "relu";
  std::string likelihood = "bernoulli";
  double sigma = 1;
  ScheduleText beta;

  void declare(Options& options);
  /// Throws ErrorKind::usage for unknown names.
  void check() const;
  /// Throws ErrorKind::usage if a flag was given that the model has no use for.
  void reject_unused(const Options& options) const;
  /// Fills in what the model chooses itself.
  void complete(const Model& model);
  std::unique_ptr<Model> make(const Shape& image) const;
};

/// Everything that a training run depends on: what `config.json` holds.
struct TrainSettings {
  ModelSettings model;
  DataOptions data;
  DeviceOptions device;
  std::int64_t epochs = 10;
  std::int64_t batch_size = 128;
  ScheduleText learning_rate{"0.001"};
  std::int64_t seed = 1;
  std::string validation = "0";
  std::int64_t patience = 0;
  double clip = 0;
  std::int64_t limit = 0;

  void declare(Options& options);
};

const ModelInfo& find_model(const std::string& name);

}  // namespace varve::app
