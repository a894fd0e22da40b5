#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "framework/core/error.h"
#include "framework/train/scheduled_values.h"

namespace varve {
namespace {

/// A step's number from 1, as messages count.
std::int64_t ordinal(std::int64_t step) { return step + 1; }

void check_range(std::string_view name, const Schedule& schedule, std::int64_t steps, double least,
                 double most) {
  const auto range = schedule.range(steps);
  for (const auto& [value, step] : {range.least, range.most})
    if (!(value >= least && value <= most))
      fail(ErrorKind::usage,
           "[train] {} is {} at step {} of {}, by the schedule {}: numbers from {:g} to {:g} are "
           "needed",
           name, value, ordinal(step), steps, schedule.str(), least, most);
}

}  // namespace

std::int64_t planned_steps(const TrainerOptions& options, std::int64_t batches) {
  const std::int64_t all = options.epochs * batches;
  return options.max_steps > 0 ? std::min(options.max_steps, all) : all;
}

void check_options(const TrainerOptions& options, std::int64_t batches) {
  const auto require = [](bool good, std::string_view option, auto value, std::string_view needed) {
    if (!good) fail(ErrorKind::usage, "[train] {} = {}: {} is needed", option, value, needed);
  };
  require(options.epochs >= 1, "epochs", options.epochs, "at least 1");
  require(options.max_steps >= 0, "max_steps", options.max_steps, "at least 0");
  require(options.clip_norm >= 0, "clip_norm", options.clip_norm, "at least 0");
  require(options.ema_decay >= 0 && options.ema_decay < 1, "ema_decay", options.ema_decay,
          "at least 0 and less than 1");
  require(options.keep >= 1, "keep", options.keep, "at least 1");
  require(options.checkpoint_steps >= 0, "checkpoint_steps", options.checkpoint_steps,
          "at least 0");
  require(options.checkpoint_epochs >= 0, "checkpoint_epochs", options.checkpoint_epochs,
          "at least 0");
  require(options.patience >= 0, "patience", options.patience, "at least 0");
  if (options.resume && options.folder.empty())
    fail(ErrorKind::usage, "[train] a resume needs the folder of the run");
  if (batches < 1) fail(ErrorKind::usage, "[train] there are no examples to train on");

  constexpr double largest = std::numeric_limits<float>::max();
  const std::int64_t steps = planned_steps(options, batches);
  check_range("the learning rate", options.learning_rate, steps, 0, largest);
  if (options.second)
    check_range("the learning rate of the " + options.second->name, options.second->learning_rate,
                steps, 0, largest);
  for (const auto& value : options.scheduled)
    check_range(value.name, value.schedule, steps, std::max(value.least, -largest),
                std::min(value.most, largest));
}

}  // namespace varve
