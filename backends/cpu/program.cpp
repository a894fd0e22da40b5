#include "backends/cpu/program.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "backends/cpu/elementwise.h"
#include "backends/cpu/kernel.h"
#include "framework/backend/layout.h"
#include "framework/backend/memory_plan.h"
#include "framework/ops/table.h"

namespace varve::cpu {

namespace {

// A chain's slots should stay in L1 together.
constexpr std::size_t most_links = 16;
constexpr std::size_t arena_alignment = 64;

/// One call of a kernel, or a chain of elementwise commands.
struct Step {
  std::vector<Command> commands;
  Kernel kernel = nullptr;  ///< nullptr: a chain
  std::vector<Link> links;
  std::int64_t count = 0;
  int slots = 0;
};

std::int64_t chain_count(const Command& command) {
  return is_full_sum(command) ? command.in[0].shape.numel() : command.out[0].shape.numel();
}

bool may_chain(const Command& command) {
  return is_elementwise(command.op) || is_full_sum(command);
}

/// Whether two commands may run tile by tile together: what one writes, the other must not touch,
/// unless as the very same elements in the same order.
bool compatible(const Command& earlier, const Command& later) {
  bool fine = true;
  for_each_view(earlier, [&](const View& a, bool a_written) {
    for_each_view(later, [&](const View& b, bool b_written) {
      if (!(a_written || b_written) || !byte_range(a).overlaps(byte_range(b))) return;
      const bool total = (a_written && is_full_sum(earlier)) || (b_written && is_full_sum(later));
      fine = fine && !total && layout(a) == layout(b);
    });
  });
  return fine;
}

bool joins(const Step& step, const Command& command) {
  return step.kernel == nullptr && step.commands.size() < most_links && may_chain(command) &&
         chain_count(command) == step.count &&
         std::all_of(step.commands.begin(), step.commands.end(),
                     [&](const Command& other) { return compatible(other, command); });
}

std::vector<Step> group(std::vector<Command> commands) {
  std::vector<Step> steps;
  for (Command& command : commands) {
    if (is_empty(command)) continue;
    if (steps.empty() || !joins(steps.back(), command)) {
      Step step;
      if (may_chain(command)) {
        step.count = chain_count(command);
      } else {
        step.kernel = find_kernel(command.op);
      }
      steps.push_back(std::move(step));
    }
    steps.back().commands.push_back(std::move(command));
  }
  return steps;
}

/// The first or last use of a buffer within a chain, as packed elements from the same place on.
struct ChainUse {
  std::size_t first, last;  ///< links
  bool plain = true;
};

std::map<const Storage*, ChainUse> chain_uses(const Step& step) {
  std::map<const Storage*, ChainUse> uses;
  for (std::size_t i = 0; i < step.commands.size(); ++i) {
    for_each_view(step.commands[i], [&](const View& view, bool) {
      ChainUse& use = uses.try_emplace(view.buffer.storage(), ChainUse{i, i}).first->second;
      use.last = i;
      use.plain =
          use.plain && layout(view).flat() && view.offset == 0 && view.shape.numel() == step.count;
    });
  }
  return uses;
}

/// Lets results of a chain take over the memory of operands that it is the last to read: a tile is
/// read before it is overwritten, and less memory passes through the caches.
void share(const Step& step, std::size_t index, MemoryPlan& plan) {
  const auto uses = chain_uses(step);
  for (const auto& [result, written] : uses) {
    const auto* life = plan.find(result);
    if (life == nullptr || life->first != index || !written.plain) continue;
    for (const auto& [operand, read] : uses) {
      const auto* old = plan.find(operand);
      if (old == nullptr || old->first == index || old->last != index || !read.plain ||
          read.last > written.first || old->bytes != life->bytes) {
        continue;
      }
      plan.take_over(result, operand);
      break;
    }
  }
}

/// Temporaries that live within one chain, always as the same elements in the same order, first
/// written: they need no memory but a slot.
std::set<const Storage*> slot_only(const Step& step, std::size_t index, const MemoryPlan& plan) {
  std::map<const Storage*, Layout> layouts;
  std::set<const Storage*> result, refused;
  for (const Command& command : step.commands) {
    for_each_view(command, [&](const View& view, bool written) {
      const Storage* storage = view.buffer.storage();
      const auto* life = plan.find(storage);
      if (life == nullptr || life->first != index || life->last != index) return;
      const auto [entry, first] = layouts.try_emplace(storage, layout(view));
      const bool total = written && is_full_sum(command);
      if ((first && !written) || total || !entry->second.flat() ||
          !(entry->second == layout(view))) {
        refused.insert(storage);
      }
      result.insert(storage);
    });
  }
  for (const Storage* storage : refused) result.erase(storage);
  return result;
}

/// Makes the links of a chain, before its temporaries move; `held` have slots only.
void link_up(Step& step, const std::set<const Storage*>& held) {
  std::map<const Storage*, int> slot_of;
  const auto place_in_slot = [&](const View& view, Operand& operand) {
    if (held.count(view.buffer.storage()) == 0) return;
    const auto [entry, fresh] = slot_of.try_emplace(view.buffer.storage(), step.slots);
    if (fresh) ++step.slots;
    operand.place = Operand::Place::slot;
    operand.slot = entry->second;
  };
  for (const Command& command : step.commands) {
    Link link =
        is_full_sum(command) ? make_sum_link(command, step.slots) : make_link(command, step.slots);
    for (std::size_t i = 0; i < link.arity; ++i) place_in_slot(command.in[i], link.in[i]);
    place_in_slot(command.out[0], link.out);
    step.links.push_back(link);
  }
  for (Command& command : step.commands) {  // so that the memory can go
    for_each_view(command, [&](View& view, bool) {
      if (held.count(view.buffer.storage()) > 0) view.buffer = {};
    });
  }
}

class PlannedProgram : public Program {
 public:
  PlannedProgram(std::vector<Step> steps, Pools& pools) : steps_(std::move(steps)), pools_(pools) {}

  void run() override {
    const PoolLease pool(pools_);
    for (const Step& step : steps_) {
      if (step.kernel != nullptr) {
        step.kernel(step.commands[0], pool.get());
      } else {
        run_chain(step.links, step.count, step.slots, pool.get());
      }
    }
  }

 private:
  std::vector<Step> steps_;
  Pools& pools_;
};

}  // namespace

std::unique_ptr<Program> compile(Recording recording, MemoryPool& memory, Pools& pools) {
  remove_copies(recording);
  std::vector<Step> steps = group(std::move(recording.commands));
  MemoryPlan plan(recording.temporaries, arena_alignment);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const Command& command : steps[i].commands) plan.use(i, command);
  }
  std::vector<std::set<const Storage*>> held(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kernel != nullptr) continue;
    held[i] = slot_only(steps[i], i, plan);
    for (const Storage* storage : held[i]) plan.leave_out(storage);
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kernel == nullptr) share(steps[i], i, plan);
  }
  const Buffer arena = memory.allocate(plan.place());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (Command& command : steps[i].commands) {
      for_each_view(command, [&](View& view, bool) { plan.move(view, arena); });
    }
    if (steps[i].kernel == nullptr) link_up(steps[i], held[i]);
  }
  recording = {};
  memory.trim();
  return std::make_unique<PlannedProgram>(std::move(steps), pools);
}

}  // namespace varve::cpu
