#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/varve/settings.h"
#include "models/model.h"

namespace varve::app {

/// The folder of a run: config.json, metrics.csv, latent.csv, checkpoints/, images/.
struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path config() const { return path / "config.json"; }
  std::filesystem::path metrics() const { return path / "metrics.csv"; }
  std::filesystem::path latent() const { return path / "latent.csv"; }
  std::filesystem::path checkpoints() const { return path / "checkpoints"; }
  std::filesystem::path images() const { return path / "images"; }
  bool holds_run() const;

  /// The first of runs/<name>-1, runs/<name>-2, ... that does not exist.
  static RunFolder next(const std::string& name);
};

/// Writes config.json: the kept options, and what tells about the data and the model.
void write_config(const RunFolder& folder, const nlohmann::json& kept, const DataFacts& facts,
                  const Model& model);

/// A run as a command other than `train` sees it.
struct TrainedRun {
  RunFolder folder;
  TrainSettings settings;
  DataFacts facts;

  /// Reads config.json. Throws ErrorKind::input if `path` is not the folder of a run.
  explicit TrainedRun(const std::filesystem::path& path);

  /// "vae on digits".
  std::string title() const;

  struct Loaded {
    std::unique_ptr<Model> model;      ///< in evaluation mode
    std::filesystem::path checkpoint;  ///< where its weights are from
    std::int64_t step = 0;
    std::int64_t epochs = 0;  ///< finished
  };
  /// Builds the model on the default device with the weights of a checkpoint: "best" (lowest
  /// loss), "last", or "auto" (best if validation examples were held out, else last). Notes about
  /// checkpoints that could not be read go to stderr.
  Loaded load(const std::string& which) const;

  /// Throws ErrorKind::input if the images are not of the size that the model was trained on.
  void require_fit(const Dataset& data, const std::string& name) const;
};

}  // namespace varve::app
