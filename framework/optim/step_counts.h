#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "framework/optim/arena.h"

namespace varve {

/// How often each parameter of an arena was moved: its own count, as in PyTorch, where a step that
/// passes a parameter over does not count for it.
///
/// The device counts the steps, and the host for each parameter those that passed it over; so while
/// all have the same count, as they mostly do, a step costs one addition.
class StepCounts {
 public:
  StepCounts(const ParameterArena& arena, Tensor steps);

  /// Counts a step that moves the parameters of these runs.
  void advance(const std::vector<ParameterArena::Run>& runs);
  /// The end of the parameters from `first` on that have the same count, `stop` at most.
  std::size_t alike(std::size_t first, std::size_t stop) const;
  /// The count of a parameter: i32, 0-d, on the device.
  Tensor of(std::size_t parameter) const;

  /// Of each parameter, the steps that have passed it over; empty if there were none.
  std::vector<std::int32_t> skipped() const;
  void set_skipped(std::vector<std::int32_t> skipped) { *skipped_ = std::move(skipped); }

 private:
  Tensor steps_, one_;
  std::shared_ptr<std::vector<std::int32_t>> skipped_;  ///< shared: a step may have to be undone
};

}  // namespace varve
