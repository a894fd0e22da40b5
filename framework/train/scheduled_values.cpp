#include "framework/train/scheduled_values.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "framework/core/error.h"

namespace varve {

bool holds_throughout(std::int64_t first, std::int64_t end,
                      const std::function<bool(std::int64_t)>& holds) {
  constexpr std::int64_t most_looks = 1 << 12;
  const std::int64_t stride = std::max<std::int64_t>(1, (end - first) / most_looks);
  for (std::int64_t step = first; step < end; step += stride)
    if (!holds(step)) return false;
  return holds(end - 1);
}

MovingValues::MovingValues(ScheduledValues values) {
  for (auto& value : values) {
    const Tensor& target = value.target;
    if (!target.defined() || target.numel() != 1 || target.dtype() != DType::f32)
      fail(ErrorKind::usage, "[train] the scheduled value '{}' needs a target of one f32 element",
           value.name);
    entries_.push_back({std::move(value), std::numeric_limits<float>::quiet_NaN()});
  }
}

void MovingValues::move_to(std::int64_t step) {
  for (auto& entry : entries_) {
    const float next = entry.at(step);
    if (next == entry.uploaded) continue;
    entry.value.target.upload(std::span<const float>(&next, 1));
    entry.uploaded = next;
  }
}

std::vector<PartialSum> MovingValues::last_of_moving(std::int64_t last_step) const {
  std::vector<PartialSum> moving;
  for (const auto& [value, uploaded] : entries_) {
    const auto range = value.schedule.range(last_step + 1);
    if (range.least.value != range.most.value)
      moving.push_back({value.name, value.schedule(last_step)});
  }
  return moving;
}

bool MovingValues::are_last(std::int64_t first, std::int64_t end, std::int64_t last_step) const {
  end = std::min(end, last_step + 1);
  return std::all_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const float last = entry.at(last_step);
    return holds_throughout(first, end, [&](std::int64_t step) { return entry.at(step) == last; });
  });
}

}  // namespace varve
