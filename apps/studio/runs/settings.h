#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/studio/options.h"
#include "apps/studio/runs/data_options.h"
#include "apps/studio/runs/device_options.h"
#include "framework/train/trainer.h"
#include "models/registry.h"

namespace varve::studio {

/// How the parts of every loss are reduced.
inline constexpr const char* reductions =
    "sum over pixels, sum over latent dimensions, mean over the batch";

/// What a model must know of its training data.
struct DataFacts {
  Shape image;                             ///< [H, W, C]
  std::int64_t classes = 0;                ///< 0: no labels
  std::int64_t examples = 0;               ///< 0: not known
  bool unit = false;                       ///< every value is in [0, 1]
  std::vector<std::string> class_names{};  ///< none: classes are numbers
};

/// Which model.
struct ModelSettings {
  std::string model = "vae";
  std::string arch = "mlp";
  std::int64_t latent = 0;
  std::vector<std::int64_t> hidden{400};
  std::string activation = "relu";
  std::string init = "auto";
  std::string likelihood = "bernoulli";
  OptionText sigma;           ///< empty: 0.1 for data in [0, 1], else 1
  std::string link = "auto";  ///< of Gaussian and Laplace means; auto: sigmoid for data in [0, 1]
  /// Of single models and networks, by name; empty: the default.
  std::map<std::string, OptionText> own;

  /// Adds a flag for each of these, and for every option of any model or networks.
  void declare(Options& options);
  /// Throws ErrorKind::usage for unknown names, and for values that the model does not take.
  void check() const;
  /// Throws ErrorKind::usage if a flag was given that neither the model nor its networks have a use
  /// for.
  void reject_unused(const Options& options) const;
  /// Fills in what the model chooses itself, and drops what is not for it.
  void complete(const DataFacts& facts);
  /// Fills in what a configuration stands for that lacks an option which has come since.
  void complete_as_before();
  /// Turns shares of a run into numbers of steps.
  void count_shares(std::int64_t run_steps);
  std::unique_ptr<Model> make(const DataFacts& facts) const;

 private:
  /// The option of this name that the model or its networks have, or null.
  const Option* find(std::string_view name) const;
  ModelOptions model_options(const DataFacts& facts) const;
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
  double ema = 0;
  std::int64_t limit = 0;
  std::int64_t save_every = 0;

  void declare(Options& options);
};

/// What stands for an option's value in help: "X|SCHEDULE".
std::string_view unit_of(const Option& option);
/// Its default as it would stand behind the flag: "linear:0:25:100000".
std::string default_of(const Option& option);

}  // namespace varve::studio
