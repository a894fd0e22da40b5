#include "framework/backend/memory_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "framework/backend/layout.h"
#include "framework/ops/table.h"

namespace varve {

namespace {

using Commands = std::vector<Command>;

bool touches(const Command& command, const View& view) {
  const ByteRange wanted = byte_range(view);
  bool found = false;
  for_each_view(command, [&](const View& other, bool) {
    found = found || byte_range(other).overlaps(wanted);
  });
  return found;
}

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
  if (!(layout(copy.in[0]) == layout(produced)) || !produced.contiguous()) return false;
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

MemoryPlan::MemoryPlan(const std::vector<Buffer>& temporaries, std::size_t alignment)
    : alignment_(alignment) {
  for (const Buffer& buffer : temporaries) planned_.insert(buffer.storage());
}

void MemoryPlan::use(std::size_t step, const Command& command) {
  for_each_view(command, [&](const View& view, bool) {
    const Storage* storage = view.buffer.storage();
    if (planned_.count(storage) == 0) return;
    lives_.try_emplace(storage, Life{step, step, storage->bytes}).first->second.last = step;
  });
}

const MemoryPlan::Life* MemoryPlan::find(const Storage* storage) const {
  const auto found = lives_.find(storage);
  return found == lives_.end() ? nullptr : &found->second;
}

void MemoryPlan::take_over(const Storage* result, const Storage* operand) {
  Life& life = lives_.at(result);
  life.host = operand;
  for (const Storage* s = operand; s != nullptr; s = lives_.at(s).host) {
    lives_.at(s).last = life.last;
  }
}

std::size_t MemoryPlan::place() {
  std::vector<Life*> order;
  for (auto& [storage, life] : lives_) {
    if (life.host == nullptr) order.push_back(&life);
  }
  std::stable_sort(order.begin(), order.end(), [](const Life* a, const Life* b) {
    return std::pair(b->bytes, a->first) < std::pair(a->bytes, b->first);
  });
  std::size_t total = 0;
  std::vector<const Life*> placed;  // by place
  for (Life* life : order) {
    const std::size_t bytes = aligned(life->bytes);
    std::size_t at = 0;
    for (const Life* other : placed) {
      if (other->last < life->first || life->last < other->first) continue;
      if (at + bytes <= other->place) break;
      at = std::max(at, other->place + aligned(other->bytes));
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

bool MemoryPlan::move(View& view, const Buffer& arena) const {
  const Life* life = find(view.buffer.storage());
  if (life == nullptr) return false;
  while (life->host != nullptr) life = &lives_.at(life->host);
  view.buffer = arena;
  view.offset += static_cast<std::int64_t>(life->place / size_of(view.dtype));
  return true;
}

}  // namespace varve
