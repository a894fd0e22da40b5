#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "framework/train/callback.h"

namespace varve {

enum class ProgressStyle {
  automatic,  ///< bar on a terminal; plain elsewhere and under NO_COLOR, TERM=dumb or CI
  bar,        ///< one line that is redrawn, and a line an epoch
  plain,      ///< a line an epoch, and every ten seconds within long ones
  none,       ///< notes alone: what is not as one would expect
};

/// "auto", "bar", "plain" or "none". Throws ErrorKind::usage naming these.
ProgressStyle parse_progress_style(std::string_view text);

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::automatic;
  /// Takes the text; empty: standard error.
  std::function<void(std::string_view)> write{};
  /// Seconds from any fixed moment; empty: the steady clock.
  std::function<double()> clock{};
  int width = 0;  ///< columns; 0: those of the terminal
};

/// Shows how training goes: terms, examples a second, time left.
class Progress : public Callback {
 public:
  explicit Progress(ProgressOptions options = {});
  /// Ends the line that is being redrawn, so that an error message has its own.
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void on_start(const StartReport& report) override;
  void on_step(const StepReport& report) override;
  void on_epoch(const EpochReport& report) override;
  void on_end(const TrainingResult& result) override;

 private:
  bool silent() const { return options_.style == ProgressStyle::none; }
  void print(std::string_view line);
  void redraw(std::string line);
  std::string status(const StepReport& report, double now) const;
  std::string bar(const StepReport& report) const;
  std::string time_left(std::int64_t step, double now) const;

  ProgressOptions options_;
  StartReport start_;
  double started_ = 0;        // clock at on_start
  double drawn_ = 0;          // clock at the last line within an epoch
  double epoch_started_ = 0;  // clock at the first step shown of the epoch
  std::int64_t epoch_examples_ = 0;
  bool line_open_ = false;  // the last line is being redrawn
};

}  // namespace varve
