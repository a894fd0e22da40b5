#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/studio/runs/settings.h"
#include "framework/platform/platform.h"
#include "models/model.h"

namespace varve::studio {

/// The folder of a run: config.json, metrics.csv, latent.csv, checkpoints/, images/.
struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path config() const { return path / "config.json"; }
  std::filesystem::path metrics() const { return path / "metrics.csv"; }
  std::filesystem::path latent() const { return path / "latent.csv"; }
  std::filesystem::path checkpoints() const { return path / "checkpoints"; }
  std::filesystem::path images() const { return path / "images"; }
  bool holds_run() const;

  /// Makes the first of runs/<name>-1, runs/<name>-2, ... that does not exist: a folder of its own
  /// for each of several processes that do so at once.
  static RunFolder make_next(const std::string& name);
};

/// Holds the folder of a run for this process alone. Waits for another one that is ending, as the
/// killed run is that is resumed at once; throws ErrorKind::usage if another one trains there.
std::unique_ptr<platform::FolderLock> hold(const RunFolder& folder);

/// Fingerprints of the data, by which other data under the same name are noticed.
struct DataPrints {
  std::string train, test;  ///< empty: not known
};

/// Writes config.json: the kept options, and what tells about the data and the model.
void write_config(const RunFolder& folder, const nlohmann::json& kept, const DataFacts& facts,
                  const DataPrints& prints, const DataReport& report, const Model& model);

/// A run as a command other than `train` sees it.
struct TrainedRun {
  RunFolder folder;
  TrainSettings settings;
  DataFacts facts;
  DataPrints prints;

  /// Reads config.json. Throws ErrorKind::input if `path` is not the folder of a run.
  explicit TrainedRun(const std::filesystem::path& path);

  /// "vae on digits".
  std::string title() const;

  struct Loaded {
    std::unique_ptr<Model> model;      ///< in evaluation mode
    std::filesystem::path checkpoint;  ///< where its weights are from
    std::int64_t step = 0;
    std::int64_t epochs = 0;  ///< finished
    std::string objective;    ///< "beta = 1": the last values of schedules that move; empty: none
  };
  /// Builds the model on the default device with the weights of a checkpoint: "best" (lowest
  /// loss), "last", or "auto" (best if validation examples were held out, else last). Scheduled
  /// values are those of the run's last step, so that losses of all its checkpoints compare. Notes
  /// about checkpoints that could not be read go to stderr. Throws ErrorKind::non_finite if a
  /// weight is not finite.
  Loaded load(const std::string& which) const;

  /// Throws ErrorKind::input if the images are not of the size that the model was trained on.
  void require_fit(const Dataset& data, const std::string& name) const;
};

}  // namespace varve::studio
