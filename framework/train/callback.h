#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/train/metrics.h"

namespace varve {

/// Before the first step.
struct StartReport {
  std::int64_t epochs = 0;               ///< wanted in all
  std::int64_t steps = 0;                ///< wanted in all
  std::int64_t batches = 0;              ///< an epoch
  std::int64_t first_step = 0;           ///< steps that are done already
  std::filesystem::path resumed_from{};  ///< empty: a new run
  std::vector<std::string> notes{};      ///< checkpoints that had to be passed over
};

/// After a step.
struct StepReport {
  std::int64_t step = 0;      ///< steps done in all
  std::int64_t epoch = 0;     ///< number of the epoch, from 1
  std::int64_t batch = 0;     ///< batches of it that are done
  std::int64_t examples = 0;  ///< in this batch
  double learning_rate = 0;
  /// Means over the batch; "loss" first. A device may still be at it, and whoever asks waits.
  std::function<const Metrics&()> terms;
};

enum class StopReason { epochs, max_steps, patience, signal, requested };

/// How training ended.
struct TrainingResult {
  StopReason reason = StopReason::epochs;
  int signal = 0;           ///< SIGINT or SIGTERM when reason is signal
  std::int64_t step = 0;    ///< steps done in all
  std::int64_t epochs = 0;  ///< epochs finished in all
  double seconds = 0;       ///< of this call
  Metrics train{};          ///< of the last finished epoch; before the first: of the steps so far
  Metrics validation{};     ///< of the last finished epoch
  std::optional<double> best_loss{};
  std::int64_t best_epoch = 0;         ///< from 1; 0 if none has finished
  std::filesystem::path checkpoint{};  ///< the newest; empty without a folder

  /// 0, or 130 and 143 after a signal.
  int exit_code() const { return signal == 0 ? 0 : 128 + signal; }
};

/// Watches training. Every function may throw: training then ends with that error.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_start(const StartReport& /*report*/) {}
  virtual void on_step(const StepReport& /*report*/) {}
  /// After validation, before the checkpoint of the epoch.
  virtual void on_epoch(const EpochReport& /*report*/) {}
  virtual void on_end(const TrainingResult& /*result*/) {}
};

}  // namespace varve
