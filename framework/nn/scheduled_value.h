#pragma once

#include <limits>
#include <string>
#include <vector>

#include "framework/core/schedule.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// A number on the device that moves during training, such as the weight of the KL term, with the
/// schedule that it follows.
struct ScheduledValue {
  std::string name;
  Schedule schedule;
  Tensor target;  ///< f32, one element
  /// The values that it may take.
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
};
using ScheduledValues = std::vector<ScheduledValue>;

}  // namespace varve
