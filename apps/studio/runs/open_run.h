#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/studio/runs/run_folder.h"
#include "framework/core/error.h"
#include "framework/data/loader.h"
#include "framework/train/metrics.h"

namespace varve::studio {

/// What every command that looks at a finished run takes.
struct RunOptions {
  std::string run;
  std::string checkpoint = "auto";
  std::string split;  ///< empty: test, or all of data that are named and say nothing of tests
  DataOptions data{
      .data = "", .data_dir = "", .binarize = "", .rescale = ""};  ///< empty: the run's own
  DeviceOptions device;
  std::int64_t seed = -1;  ///< below 0: the run's own

  void declare(Options& options);
};

/// A run with its model, ready to be looked at. The model is on the default device.
class OpenRun {
 public:
  /// Throws ErrorKind::input if the folder holds no run.
  explicit OpenRun(const RunOptions& options);

  const TrainedRun& run() const { return run_; }
  const DataOptions& data_options() const { return data_options_; }
  const TrainedRun::Loaded& loaded() const { return loaded_; }
  Model& model() { return *loaded_.model; }
  /// The examples and what follows are opened when they are first asked for. Throw ErrorKind::input
  /// if the data do not fit the model, or (if none are named) they are not those that the run was
  /// trained with.
  Loader& examples();
  /// What examples() reads.
  const DatasetPtr& data();
  /// The part of the data that this is.
  const std::string& split();
  /// Of the noise.
  std::int64_t seed() const { return seed_; }
  /// The same examples, as pictures show them.
  Loader pictured() { return make_picture_loader(data_options_, data()); }
  /// What stands for them where no example is needed: one of the right shape, which throws `why`
  /// when it is read.
  Loader unpictured(const Error& why) const;
  const OpenDevice& device() const { return device_; }
  /// "vae on digits".
  std::string title() const;

 private:
  TrainedRun run_;
  DataOptions data_options_;
  std::int64_t seed_;
  OpenDevice device_;
  TrainedRun::Loaded loaded_;
  RunOptions asked_;
  std::string split_;
  DatasetPtr data_;
  std::optional<Loader> examples_;
};

/// The objective and its parts, as means over the examples.
Metrics measure(Model& model, Loader& examples);
/// The same on the run's examples. Throws ErrorKind::non_finite if a part is not finite.
Metrics measure_finite(OpenRun& open);
/// "sum over pixels, ...; at beta = 1, the last value of its schedule".
std::string objective_of(const OpenRun& open);

}  // namespace varve::studio
