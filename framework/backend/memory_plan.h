#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "framework/backend/backend.h"

namespace varve {

/// Removes each copy whose source is a temporary that nothing else reads; the producer then writes
/// the destination itself. No value changes.
void remove_copies(Recording& recording);

/// Places the temporaries of a recorded step in one arena: those that are not needed at the same
/// time share memory.
class MemoryPlan {
 public:
  /// The steps between which a temporary must keep its content, and where it goes.
  struct Life {
    std::size_t first, last, bytes;
    std::size_t place = 0;
    const Storage* host = nullptr;  ///< an older temporary whose memory it takes over
  };

  /// `alignment`: of every place, a power of two.
  MemoryPlan(const std::vector<Buffer>& temporaries, std::size_t alignment);

  /// The command runs in step `step`. Steps come in order.
  void use(std::size_t step, const Command& command);
  /// Null for what is not a temporary that is used, or was left out.
  const Life* find(const Storage* storage) const;
  /// A temporary that needs no memory.
  void leave_out(const Storage* storage) { lives_.erase(storage); }
  /// Gives `result` the memory of `operand`, which must be as long and last read when `result` is
  /// first written. Both must be in the plan.
  void take_over(const Storage* result, const Storage* operand);

  /// Decides the places; returns the bytes of the arena. First fit, the largest first.
  std::size_t place();
  /// Moves a view of a planned temporary to where it lies in `arena`. False for any other view.
  bool move(View& view, const Buffer& arena) const;

 private:
  std::size_t aligned(std::size_t bytes) const {
    return (bytes + alignment_ - 1) / alignment_ * alignment_;
  }

  std::size_t alignment_;
  std::set<const Storage*> planned_;
  std::map<const Storage*, Life> lives_;
};

}  // namespace varve
