#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/studio/pictures/pictures.h"
#include "apps/studio/runs/data_options.h"
#include "apps/studio/runs/latent_record.h"
#include "framework/train/metrics.h"
#include "models/registry.h"

namespace varve::studio {

/// What all models of a figure have in common.
struct StudioOptions {
  DataOptions data;
  std::int64_t epochs = 20;
  std::int64_t limit = 0;  ///< examples to train on; 0: all
  std::int64_t seed = 1;
  std::string progress = "auto";
};

/// Thrown when a signal has ended the training.
struct Interrupted {
  int exit_code;  ///< 128 + the signal
};

/// Which terms of a model's loss are minimised.
enum class Objective : std::uint8_t { whole, reconstruction, kl };

/// A model to be trained for a figure.
struct Recipe {
  std::string name{};  ///< in the figure; default: the model's
  std::string model = "vae";
  std::int64_t latent = 2;
  std::vector<std::int64_t> hidden{400};
  Objective objective = Objective::whole;
  decltype(ModelOptions::own) own{};  ///< options of the model
};

/// A model that was trained for a figure, in evaluation mode.
struct Trained {
  std::unique_ptr<Model> model;
  std::string name;
  Metrics test;                      ///< means over the test split
  std::vector<LatentSpread> record;  ///< by epoch; empty where codes are points
  Loader examples;                   ///< of the test split, for pictures

  pictures::Subject subject() { return {*model, name, examples}; }
};

/// Trains the models of a figure in memory: each from the same seed, on the same data, for as many
/// epochs, so that they differ in nothing but their recipes.
class Studio {
 public:
  /// Opens the data. Errors as open_images().
  explicit Studio(const StudioOptions& options);

  /// Says on stderr which model it is and how it goes. Throws as make_model() and Trainer::run(),
  /// ErrorKind::usage if the loss has no such term, and Interrupted.
  Trained train(const Recipe& recipe) const;

  /// "digits".
  std::string data_name() const { return options_.data.short_name(); }
  std::int64_t epochs() const { return options_.epochs; }
  /// Throws ErrorKind::input if the data have no labels.
  void require_classes(const std::string& figure) const;

 private:
  StudioOptions options_;
  DatasetPtr train_, test_;
};

}  // namespace varve::studio
