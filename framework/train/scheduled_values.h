#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "framework/io/checkpoint.h"
#include "framework/train/trainer.h"

// What trainer.cpp is made of besides itself; users of a Trainer need nothing of it.
namespace varve {

/// The options with all that follows a schedule, the module's own too (one that the options name
/// goes by these), and with every share of the run as a number of steps.
TrainerOptions with_schedules(const Module& module, TrainerOptions options, std::int64_t batches);

/// Steps of a run with so many batches an epoch.
std::int64_t planned_steps(const TrainerOptions& options, std::int64_t batches);

/// Whether something holds at each step of [first, end), of which a few thousand are looked at, the
/// last among them.
bool holds_throughout(std::int64_t first, std::int64_t end,
                      const std::function<bool(std::int64_t)>& holds);

/// Values on the device, each at the step that it was moved to.
class MovingValues {
 public:
  /// Throws ErrorKind::usage if a target is not one f32 element.
  explicit MovingValues(ScheduledValues values);

  void move_to(std::int64_t step);
  /// What those are at `last_step` that are not the same in all steps up to it.
  std::vector<PartialSum> last_of_moving(std::int64_t last_step) const;
  /// Whether each has in the steps [first, end), up to `last_step`, its value of `last_step`.
  bool are_last(std::int64_t first, std::int64_t end, std::int64_t last_step) const;

 private:
  struct Entry {
    ScheduledValue value;
    float uploaded;  ///< so that it is uploaded only when it changes

    float at(std::int64_t step) const { return static_cast<float>(value.schedule(step)); }
  };
  std::vector<Entry> entries_;
};

}  // namespace varve
