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

TrainerOptions with_schedules(const Module& module, TrainerOptions options, std::int64_t batches) {
  for (auto& own : module.scheduled_values()) {
    const bool named = std::any_of(
        options.scheduled.begin(), options.scheduled.end(), [&](const ScheduledValue& value) {
          return value.target.defined() && value.target.impl() == own.target.impl();
        });
    if (!named) options.scheduled.push_back(std::move(own));
  }
  const std::int64_t steps = std::max<std::int64_t>(1, options.epochs * batches);
  options.learning_rate = options.learning_rate.over(steps);
  if (options.second) options.second->learning_rate = options.second->learning_rate.over(steps);
  for (auto& value : options.scheduled) value.schedule = value.schedule.over(steps);
  return options;
}

void check_options(const Module& module, const TrainerOptions& given, std::int64_t batches) {
  const auto require = [](bool good, std::string_view option, auto value, std::string_view needed) {
    if (!good) fail(ErrorKind::usage, "[train] {} = {}: {} is needed", option, value, needed);
  };
  require(given.epochs >= 1, "epochs", given.epochs, "at least 1");
  require(given.max_steps >= 0, "max_steps", given.max_steps, "at least 0");
  require(given.clip_norm >= 0, "clip_norm", given.clip_norm, "at least 0");
  require(given.ema_decay >= 0 && given.ema_decay < 1, "ema_decay", given.ema_decay,
          "at least 0 and less than 1");
  require(given.keep >= 1, "keep", given.keep, "at least 1");
  require(given.checkpoint_steps >= 0, "checkpoint_steps", given.checkpoint_steps, "at least 0");
  require(given.checkpoint_epochs >= 0, "checkpoint_epochs", given.checkpoint_epochs, "at least 0");
  require(given.patience >= 0, "patience", given.patience, "at least 0");
  if (given.resume && given.folder.empty())
    fail(ErrorKind::usage, "[train] a resume needs the folder of the run");
  if (batches < 1) fail(ErrorKind::usage, "[train] there are no examples to train on");

  const TrainerOptions options = with_schedules(module, given, batches);
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
