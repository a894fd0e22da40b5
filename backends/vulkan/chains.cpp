#include "backends/vulkan/chains.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>

#include "backends/vulkan/links.h"
#include "framework/backend/layout.h"
#include "framework/ops/table.h"

namespace varve::vulkan {

namespace {

// Registers and the driver's time for one shader.
constexpr std::size_t most_links = 24;

bool overlap(const View& a, const View& b) {
  return a.buffer == b.buffer && byte_range(a).overlaps(byte_range(b));
}

/// Whether two commands may run element by element together: what one writes, the other must not
/// touch, unless as the very same elements in the same order.
bool compatible(const Command& earlier, const Command& later) {
  bool fine = true;
  for_each_view(earlier, [&](const View& a, bool a_written) {
    for_each_view(later, [&](const View& b, bool b_written) {
      if ((a_written || b_written) && overlap(a, b)) fine = fine && same_elements(a, b);
    });
  });
  return fine;
}

std::int64_t count_of(const Command& command) { return command.out[0].shape.numel(); }

/// Whether one of the commands writes what the other touches.
bool depend(const Command& a, const Command& b) {
  bool found = false;
  for_each_view(a, [&](const View& x, bool x_written) {
    for_each_view(b, [&](const View& y, bool y_written) {
      found = found || ((x_written || y_written) && overlap(x, y));
    });
  });
  return found;
}

/// Moves elementwise commands up to others that they can run with, past such that have nothing to
/// do with them.
std::vector<Command> gathered(std::vector<Command> commands) {
  constexpr std::size_t most_passed = 12;  // results that wait for long cost memory
  std::vector<std::vector<Command>> groups;
  /// The group to join; groups.size() for none.
  const auto place_of = [&](const Command& command) {
    if (!is_elementwise(command.op)) return groups.size();
    for (std::size_t i = groups.size(); i-- > 0 && groups.size() - i <= most_passed;) {
      const auto& group = groups[i];
      const auto all = [&](auto holds) {
        return std::all_of(group.begin(), group.end(),
                           [&](const Command& other) { return holds(other, command); });
      };
      if (is_elementwise(group[0].op) && count_of(group[0]) == count_of(command) &&
          all(compatible)) {
        return i;
      }
      if (!all(std::not_fn(depend))) break;
    }
    return groups.size();
  };
  for (Command& command : commands) {
    const std::size_t place = place_of(command);
    if (place == groups.size()) groups.emplace_back();
    groups[place].push_back(std::move(command));
  }
  std::vector<Command> result;
  for (auto& group : groups) {
    std::move(group.begin(), group.end(), std::back_inserter(result));
  }
  return result;
}

/// Where a buffer is used, by index of the command.
struct Uses {
  std::size_t first, last;
  View view;  ///< of the first use
  bool written_first = false;
  bool same = true;  ///< always as the same elements
};

class Grouping {
 public:
  Grouping(std::vector<Command> commands, std::span<const Command> constants,
           const std::set<const Storage*>& temporaries, const Traits& traits)
      : commands_(gathered(std::move(commands))), temporaries_(temporaries), traits_(traits) {
    for (const Command& command : constants) {
      if (command.op != Op::fill) continue;
      constants_[command.out[0].buffer.storage()] = command.attributes.value;
    }
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      for_each_view(commands_[i], [&](const View& view, bool written) {
        const Storage* storage = view.buffer.storage();
        Uses& uses = uses_.try_emplace(storage, Uses{i, i, view, written}).first->second;
        uses.last = i;
        uses.same = uses.same && same_elements(uses.view, view);
      });
    }
  }

  std::vector<Step> steps() {
    std::vector<Step> steps;
    for (std::size_t begin = 0; begin < commands_.size();) {
      const std::size_t end = end_of_chain(begin);
      Step step;
      if (end - begin > 1) {
        step.chain = true;
        step.held = held(begin, end);
        step.constants = constants_;
      }
      for (std::size_t i = begin; i < end; ++i) step.commands.push_back(std::move(commands_[i]));
      steps.push_back(std::move(step));
      begin = end;
    }
    return steps;
  }

 private:
  /// The longest chain from a command on; one past its last command.
  std::size_t end_of_chain(std::size_t begin) const {
    std::size_t best = begin + 1;
    if (!is_elementwise(commands_[begin].op)) return best;
    const std::int64_t count = count_of(commands_[begin]);
    for (std::size_t i = begin + 1; i < commands_.size() && i - begin < most_links; ++i) {
      const Command& next = commands_[i];
      if (!is_elementwise(next.op) || count_of(next) != count) break;
      if (!std::all_of(commands_.begin() + static_cast<std::ptrdiff_t>(begin),
                       commands_.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const Command& earlier) { return compatible(earlier, next); })) {
        break;
      }
      if (fits(begin, i + 1)) best = i + 1;
    }
    return best;
  }

  /// Temporaries that nothing but commands [begin, end) uses, and that need not be read.
  std::set<const Storage*> held(std::size_t begin, std::size_t end) const {
    std::set<const Storage*> result;
    for (std::size_t i = begin; i < end; ++i) {
      for (const View& view : commands_[i].out) {
        const Storage* storage = view.buffer.storage();
        const Uses& uses = uses_.at(storage);
        if (temporaries_.contains(storage) && uses.written_first && uses.same &&
            uses.first >= begin && uses.last < end) {
          result.insert(storage);
        }
      }
    }
    return result;
  }

  bool fits(std::size_t begin, std::size_t end) const {
    const auto in_registers = held(begin, end);
    LinkBuilder builder(in_registers, constants_);
    for (std::size_t i = begin; i < end; ++i) builder.add(commands_[i]);
    return builder.fits(traits_);
  }

  std::vector<Command> commands_;
  const std::set<const Storage*>& temporaries_;
  const Traits& traits_;
  std::map<const Storage*, double> constants_;
  std::map<const Storage*, Uses> uses_;
};

}  // namespace

std::vector<Step> group(std::vector<Command> commands, std::span<const Command> constants,
                        const std::set<const Storage*>& temporaries, const Traits& traits,
                        bool fusion) {
  commands.erase(std::remove_if(commands.begin(), commands.end(), is_empty), commands.end());
  if (fusion) return Grouping(std::move(commands), constants, temporaries, traits).steps();
  std::vector<Step> steps;
  for (Command& command : commands) {
    Step step;
    step.commands.push_back(std::move(command));
    steps.push_back(std::move(step));
  }
  return steps;
}

void encode_chain(const Step& step, Encoder& encoder) {
  LinkBuilder builder(step.held, step.constants);
  for (const Command& command : step.commands) builder.add(command);
  if (!builder.empty()) builder.encode(encoder);
}

}  // namespace varve::vulkan
