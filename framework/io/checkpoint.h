#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/array.h"

namespace varve {

/// A mean in the making: the sum of a term over the examples so far, in double.
struct PartialSum {
  std::string name;
  double sum = 0;
  friend bool operator==(const PartialSum&, const PartialSum&) = default;
};

/// Where training stands: all that a resume needs besides the arrays. Random numbers and data order
/// are functions of (seed, epoch, step), so that their position is here too.
struct TrainingState {
  std::int64_t step = 0;     ///< steps done
  std::int64_t epoch = 0;    ///< the epoch in progress, from 0
  std::int64_t batch = 0;    ///< batches of it that are done
  std::int64_t batches = 0;  ///< batches an epoch, to notice another data set or batch size
  std::uint64_t seed = 0;
  std::string configuration{};       ///< a hash of what the weights belong to; empty: not checked
  std::vector<PartialSum> sums{};    ///< of the epoch in progress
  std::int64_t examples = 0;         ///< behind `sums`
  double seconds = 0;                ///< spent on the epoch in progress
  std::optional<double> best{};      ///< lowest loss of a finished epoch
  std::int64_t best_epoch = 0;       ///< its number, from 1
  std::string best_checkpoint{};     ///< the name of the checkpoint that holds its weights
  std::int64_t stale_epochs = 0;     ///< finished epochs since the best one that patience counts
  std::vector<PartialSum> judged{};  ///< the scheduled values that `best` is of, if any moves
  friend bool operator==(const TrainingState&, const TrainingState&) = default;
};

/// What is saved and loaded.
struct Checkpoint {
  using Arrays = std::map<std::string, Array>;

  TrainingState state{};
  Arrays model{};      ///< parameters and buffers by path
  Arrays average{};    ///< the same with averaged weights; empty without averaging
  Arrays optimizer{};  ///< moments, step count

  /// The weights to use: averaged ones if there are any.
  const Arrays& weights() const { return average.empty() ? model : average; }
};

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  std::filesystem::path path;
  std::vector<std::string> notes;  ///< a line for each newer checkpoint that could not be used
};

/// Reads one checkpoint: a directory with model.safetensors, optimizer.safetensors, perhaps
/// average.safetensors, and state.json with their checksums. Throws ErrorKind::input naming the
/// file, what is wrong and the fix.
Checkpoint load_checkpoint(const std::filesystem::path& directory);

/// The newest checkpoint in `folder` that verifies: the one that LATEST names, else the one before.
/// Throws ErrorKind::input if there is none, ErrorKind::io if the folder cannot be listed or the
/// newest cannot be read at the moment: an older one in its place would undo it.
LoadedCheckpoint load_latest_checkpoint(const std::filesystem::path& folder);
/// The checkpoint of the epoch with the lowest loss; without one (or if it is damaged: a note says
/// so) the newest.
LoadedCheckpoint load_best_checkpoint(const std::filesystem::path& folder);
/// Whether `folder` holds a checkpoint, readable or not. Throws ErrorKind::io if it cannot be
/// listed.
bool has_checkpoint(const std::filesystem::path& folder);

/// Writes checkpoints into a folder (RUN/checkpoints). Only one process may do so at a time.
class CheckpointWriter {
 public:
  /// Makes the folder and removes what an interrupted save left behind. Keeps the newest `keep`
  /// checkpoints and the best one. Of what is removed, only files that a save writes go, and
  /// nothing is reached through a symbolic link. Throws ErrorKind::io (the folder is such a link,
  /// too), ErrorKind::usage if keep < 1.
  explicit CheckpointWriter(std::filesystem::path folder, int keep = 3);

  /// Writes `folder/step-<step>`, and LATEST, so that a crash at any point leaves a folder from
  /// which the newest complete checkpoint loads. With `best`, this one becomes the best. Returns
  /// its path. Throws ErrorKind::io if the system refuses (all earlier checkpoints stay),
  /// ErrorKind::non_finite if a weight is not finite: such weights are never written.
  std::filesystem::path save(Checkpoint checkpoint, bool best = false);

 private:
  void rotate(const std::string& newest, const std::string& best);

  std::filesystem::path folder_;
  int keep_;
};

}  // namespace varve
