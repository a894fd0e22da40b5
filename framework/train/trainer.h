#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/schedule.h"
#include "framework/data/loader.h"
#include "framework/nn/module.h"
#include "framework/optim/optimizer.h"
#include "framework/train/callback.h"
#include "framework/train/evaluate.h"

namespace varve {

/// What an adversary minimises, such as a discriminator, with an optimizer of its own. In each step
/// both objectives see the same batch and the same weights, each with the other's parameters fixed;
/// then both optimizers move.
struct SecondObjective {
  std::string name;                ///< opens the names of its state in checkpoints
  LossFunction loss;               ///< its terms follow those of the first
  Optimizer* optimizer = nullptr;  ///< of other parameters than the first; must outlive the trainer
  Schedule learning_rate = 1e-4;   ///< takes the place of the optimizer's own
};

struct TrainerOptions {
  std::int64_t epochs = 10;
  std::int64_t max_steps = 0;     ///< in all, over resumes; 0: no limit
  Schedule learning_rate = 1e-3;  ///< takes the place of the optimizer's own
  /// Besides the module's own (Module::scheduled_values()), or in place of those on the same
  /// target.
  ScheduledValues scheduled{};
  std::optional<SecondObjective> second{};
  /// Greatest joint norm of the gradients, of each objective; 0: not clipped. The norm before
  /// clipping becomes a term, "gradient_norm".
  double clip_norm = 0;
  double ema_decay = 0;  ///< of averaged weights, used for validation; 0: none
  bool capture = true;   ///< replay recorded steps; the numbers are the same either way
  std::uint64_t seed = 0;

  /// Where metrics.csv and checkpoints/ go; empty: nothing is written.
  std::filesystem::path folder{};
  int keep = 3;                       ///< newest checkpoints to keep, besides the best
  std::int64_t checkpoint_steps = 0;  ///< checkpoints within an epoch, so many steps apart; 0: none
  /// Epochs between checkpoints; 0: as often as takes no more than a twentieth of the time. The
  /// last epoch has one always. The weights of the best epoch are kept until the next checkpoint,
  /// and saved with it.
  std::int64_t checkpoint_epochs = 1;
  std::string configuration{};  ///< what a resume must meet; empty: not checked
  /// Whether a checkpoint of the first configuration is one of the second; empty: if they are
  /// equal.
  std::function<bool(const std::string& saved, const std::string& now)> same_configuration{};
  bool resume = false;  ///< go on from the newest checkpoint in `folder`

  int patience = 0;  ///< stop after so many epochs without a lower loss; 0: never
};

/// Throws ErrorKind::usage if an option is out of its range, or a schedule, of the module's values
/// too, leaves its own at some step of a run with so many batches an epoch: all that a Trainer asks
/// of its options.
void check_options(const Module& module, const TrainerOptions& options, std::int64_t batches);

/// Trains a module: it knows no model, only a loss function.
///
/// Each step uploads a batch into device tensors that stay, computes terms and gradients, and
/// changes the weights only if the terms (with clipping: the gradients too) are finite. Weights
/// that were changed are saved only if the batch has finite terms with them, too.
///
/// Where a scheduled value moves, losses of different epochs are of different objectives.
/// Validation takes the values of the last step of all epochs, so that the best epoch is best by
/// the objective that the run ends with; without a validation set only epochs that were trained on
/// these values can be the best one; and patience counts such epochs alone. StartReport::notes says
/// so. Data order, noise and schedules are functions of (seed, epoch, step) and a checkpoint holds
/// the rest, so that a run which was interrupted anywhere and resumed ends with the same bits as
/// one that was not. Checkpoints are written in the background: an error of writing one ends
/// training at the next.
///
///     Adam optimizer(model.parameters());
///     Trainer trainer(model, loss, optimizer, train, &validation,
///                     {.epochs = 20, .folder = "run"});
///     Progress progress;
///     trainer.add(progress);
///     const TrainingResult result = trainer.run();
class Trainer {
 public:
  /// `validation` may be null. All that is referred to must live as long as the trainer; build the
  /// trainer after the optimizer, and both on the module's device. Throws ErrorKind::usage if an
  /// option is out of its range.
  Trainer(Module& module, LossFunction loss, Optimizer& optimizer, Loader& train,
          Loader* validation, TrainerOptions options);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Callbacks run in the order in which they were added.
  void add(Callback& callback);
  /// Ends run() after the step in progress, with a checkpoint; for callbacks.
  void stop();

  /// Trains until the epochs are done or something ends it earlier. SIGINT and SIGTERM end it after
  /// the step in progress, with a checkpoint.
  /// Throws ErrorKind::non_finite, with weights as they were before the step, when a term or the
  /// gradients' norm is not finite: the message names epoch, step, term, the first tensor that is
  /// not finite and the last good checkpoint. Throws ErrorKind::io if the folder cannot be written,
  /// ErrorKind::input if a resume finds no checkpoint that fits, ErrorKind::usage if a new run
  /// finds the checkpoints of another.
  TrainingResult run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve
