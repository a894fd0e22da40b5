#include "backends/cpu/program.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "backends/cpu/elementwise.h"
#include "backends/cpu/kernel.h"
#include "framework/ops/table.h"

namespace varve::cpu {

namespace {

using Commands = std::vector<Command>;

// A chain's slots should stay in L1 together.
constexpr std::size_t most_links = 16;
constexpr std::size_t arena_alignment = 64;

/// One call of a kernel, or a chain of elementwise commands.
struct Step {
  Commands commands;
  Kernel kernel = nullptr;  ///< nullptr: a chain
  std::vector<Link> links;
  std::int64_t count = 0;
  int slots = 0;
};

template <class F>
void for_each_view(Command& command, const F& f) {
  for (View& view : command.in) f(view, false);
  for (View& view : command.out) f(view, true);
}
template <class F>
void for_each_view(const Command& command, const F& f) {
  for (const View& view : command.in) f(view, false);
  for (const View& view : command.out) f(view, true);
}

bool touches(const Command& command, const View& view) {
  const Extent wanted = extent(view);
  bool found = false;
  for_each_view(command,
                [&](const View& other, bool) { found = found || extent(other).overlaps(wanted); });
  return found;
}

bool is_empty(const Command& command) {
  return std::all_of(command.out.begin(), command.out.end(),
                     [](const View& view) { return view.shape.numel() == 0; });
}

// --- Copies ---

/// Who writes and who reads a buffer, by index of the command.
struct Uses {
  std::vector<std::size_t> writers, readers;
};

std::map<const Storage*, Uses> uses_of(const Commands& commands) {
  std::map<const Storage*, Uses> uses;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    for_each_view(commands[i], [&](const View& view, bool written) {
      Uses& u = uses[view.buffer.storage()];
      (written ? u.writers : u.readers).push_back(i);
    });
  }
  return uses;
}

/// Where commands[at] copies to, laid out as `produced` is; false if the producer cannot write
/// there.
bool redirect(const View& produced, const Command& copy, bool elementwise, View& target) {
  const View& to = copy.out[0];
  if (copy.in[0].dtype != to.dtype || produced.dtype != to.dtype) return false;
  if (!(walk(copy.in[0]) == walk(produced)) || !produced.contiguous()) return false;
  if (to.contiguous()) {
    target = {to.buffer, produced.shape, contiguous_strides(produced.shape), to.offset, to.dtype};
    return true;
  }
  target = to;
  return elementwise && to.shape == produced.shape;
}

/// Lets the producer of what commands[at] copies write the destination itself, if nothing else sees
/// the difference.
bool remove_copy(Commands& commands, const std::vector<bool>& gone, std::size_t at,
                 const Uses& source) {
  if (source.writers.size() != 1 || source.readers.size() != 1) return false;
  const std::size_t maker = source.writers[0];
  if (maker >= at) return false;
  Command& producer = commands[maker];
  const auto produced =
      std::find_if(producer.out.begin(), producer.out.end(),
                   [&](const View& view) { return view.buffer == commands[at].in[0].buffer; });
  View target;
  if (!redirect(*produced, commands[at], is_elementwise(producer.op), target)) return false;
  for (std::size_t i = maker; i < at; ++i) {
    if (!gone[i] && touches(commands[i], target)) return false;
  }
  *produced = target;
  return true;
}

// --- Chains ---

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
      if (!(a_written || b_written) || !extent(a).overlaps(extent(b))) return;
      const bool total = (a_written && is_full_sum(earlier)) || (b_written && is_full_sum(later));
      fine = fine && !total && walk(a) == walk(b);
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

std::vector<Step> group(Commands commands) {
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

// --- Memory ---

/// The steps between which a temporary must keep its content, and where it goes.
struct Life {
  std::size_t first, last, bytes;
  std::size_t place = 0;
  const Storage* host = nullptr;  ///< an older temporary whose memory it takes over
};

using Lives = std::map<const Storage*, Life>;

Lives lives_of(const std::vector<Step>& steps, const std::vector<Buffer>& temporaries) {
  std::set<const Storage*> planned;
  for (const Buffer& buffer : temporaries) planned.insert(buffer.storage());
  Lives lives;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const Command& command : steps[i].commands) {
      for_each_view(command, [&](const View& view, bool) {
        const Storage* storage = view.buffer.storage();
        if (planned.count(storage) == 0) return;
        lives.try_emplace(storage, Life{i, i, storage->bytes}).first->second.last = i;
      });
    }
  }
  return lives;
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
          use.plain && walk(view).flat() && view.offset == 0 && view.shape.numel() == step.count;
    });
  }
  return uses;
}

/// Lets results of a chain take over the memory of operands that it is the last to read: a tile is
/// read before it is overwritten, and less memory passes through the caches.
void share(const Step& step, std::size_t index, Lives& lives) {
  const auto uses = chain_uses(step);
  for (const auto& [result, written] : uses) {
    const auto life = lives.find(result);
    if (life == lives.end() || life->second.first != index || !written.plain) continue;
    for (const auto& [operand, read] : uses) {
      const auto old = lives.find(operand);
      if (old == lives.end() || old->second.first == index || old->second.last != index ||
          !read.plain || read.last > written.first || old->second.bytes != life->second.bytes) {
        continue;
      }
      life->second.host = operand;
      for (const Storage* s = operand; s != nullptr; s = lives.at(s).host) {
        lives.at(s).last = life->second.last;
      }
      break;
    }
  }
}

/// First fit, the largest first. Returns the arena's size.
std::size_t place(Lives& lives) {
  std::vector<Life*> order;
  for (auto& [storage, life] : lives) {
    if (life.host == nullptr) order.push_back(&life);
  }
  std::stable_sort(order.begin(), order.end(), [](const Life* a, const Life* b) {
    return std::pair(b->bytes, a->first) < std::pair(a->bytes, b->first);
  });
  std::size_t total = 0;
  std::vector<const Life*> placed;  // by place
  for (Life* life : order) {
    const std::size_t bytes =
        (life->bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
    std::size_t at = 0;
    for (const Life* other : placed) {
      if (other->last < life->first || life->last < other->first) continue;
      if (at + bytes <= other->place) break;
      at = std::max(at, other->place + (other->bytes + arena_alignment - 1) / arena_alignment *
                                           arena_alignment);
    }
    life->place = at;
    total = std::max(total, at + bytes);
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), life,
                         [](const Life* a, const Life* b) { return a->place < b->place; }),
        life);
  }
  return total;
}

void move_into(const Buffer& arena, const Lives& lives, Step& step) {
  for (Command& command : step.commands) {
    for_each_view(command, [&](View& view, bool) {
      const auto found = lives.find(view.buffer.storage());
      if (found == lives.end()) return;
      const Life* life = &found->second;
      while (life->host != nullptr) life = &lives.at(life->host);
      view.buffer = arena;
      view.offset += static_cast<std::int64_t>(life->place / size_of(view.dtype));
    });
  }
}

/// Temporaries that live within one chain, always as the same elements in the same order, first
/// written: they need no memory but a slot.
std::set<const Storage*> slot_only(const Step& step, std::size_t index, const Lives& lives) {
  std::map<const Storage*, Walk> walks;
  std::set<const Storage*> result, refused;
  for (const Command& command : step.commands) {
    for_each_view(command, [&](const View& view, bool written) {
      const Storage* storage = view.buffer.storage();
      const auto life = lives.find(storage);
      if (life == lives.end() || life->second.first != index || life->second.last != index) return;
      const auto [entry, first] = walks.try_emplace(storage, walk(view));
      const bool total = written && is_full_sum(command);
      if ((first && !written) || total || !entry->second.flat() || !(entry->second == walk(view))) {
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
  PlannedProgram(std::vector<Step> steps, ThreadPool& pool, std::mutex& mutex)
      : steps_(std::move(steps)), pool_(pool), mutex_(mutex) {}

  void run() override {
    const std::lock_guard lock(mutex_);
    for (const Step& step : steps_) {
      if (step.kernel != nullptr) {
        step.kernel(step.commands[0], pool_);
      } else {
        run_chain(step.links, step.count, step.slots, pool_);
      }
    }
  }

 private:
  std::vector<Step> steps_;
  ThreadPool& pool_;
  std::mutex& mutex_;
};

}  // namespace

void remove_copies(Recording& recording) {
  std::set<const Storage*> temporary;
  for (const Buffer& buffer : recording.temporaries) temporary.insert(buffer.storage());
  Commands& commands = recording.commands;
  auto uses = uses_of(commands);
  std::vector<bool> gone(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].op != Op::copy || is_empty(commands[i])) continue;
    const Storage* source = commands[i].in[0].buffer.storage();
    if (temporary.count(source) == 0) continue;
    gone[i] = remove_copy(commands, gone, i, uses[source]);
    if (gone[i]) {
      const std::size_t maker = uses[source].writers[0];
      auto& writers = uses[commands[i].out[0].buffer.storage()].writers;
      std::replace(writers.begin(), writers.end(), i, maker);
    }
  }
  Commands kept;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!gone[i]) kept.push_back(std::move(commands[i]));
  }
  commands = std::move(kept);
}

std::unique_ptr<Program> compile(Recording recording, MemoryPool& memory, ThreadPool& pool,
                                 std::mutex& mutex) {
  remove_copies(recording);
  std::vector<Step> steps = group(std::move(recording.commands));
  Lives lives = lives_of(steps, recording.temporaries);
  std::vector<std::set<const Storage*>> held(steps.size());
  Lives planned = lives;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kernel != nullptr) continue;
    held[i] = slot_only(steps[i], i, lives);
    for (const Storage* storage : held[i]) planned.erase(storage);
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kernel == nullptr) share(steps[i], i, planned);
  }
  const Buffer arena = memory.allocate(place(planned));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    move_into(arena, planned, steps[i]);
    if (steps[i].kernel == nullptr) link_up(steps[i], held[i]);
  }
  recording = {};
  memory.trim();
  return std::make_unique<PlannedProgram>(std::move(steps), pool, mutex);
}

}  // namespace varve::cpu
