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
/// all have the same count, as they mostly do, a step costs one addition. Of a step that the device
/// may refuse (Optimizer::step_unless) the host does not know whether it has passed anybody over:
/// there the device counts those that were none.
class StepCounts {
 public:
  StepCounts(const ParameterArena& arena, Tensor steps);

  /// Counts a step that moves the parameters of these runs, unless `non_finite` is defined and not
  /// 0 (see Optimizer::step_unless).
  void advance(const std::vector<ParameterArena::Run>& runs, const Tensor& non_finite = {});
  /// The end of the parameters from `first` on that have the same count, `stop` at most.
  std::size_t alike(std::size_t first, std::size_t stop) const;
  /// The count of a parameter: i32, 0-d, on the device.
  Tensor of(std::size_t parameter) const;

  /// Of each parameter, the steps that have passed it over; empty if there were none.
  std::vector<std::int32_t> skipped() const;
  void set_skipped(std::vector<std::int32_t> skipped);

 private:
  struct Passed {
    std::vector<std::int32_t> steps;  ///< for each parameter, refused ones too
    std::vector<std::int32_t> kind;   ///< the same for those that the same steps passed over
    bool refusable = false;           ///< some of them may have been refused
  };

  Tensor steps_, one_;
  Tensor refused_;                  ///< i32 [parameters]: of Passed::steps, those that were refused
  std::shared_ptr<Passed> passed_;  ///< shared: a step may have to be undone
};

}  // namespace varve
