#include "backends/vulkan/schedule.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "framework/backend/layout.h"

namespace varve::vulkan {

namespace {

/// What a step reads or writes of a buffer.
struct Access {
  std::size_t step;
  ByteRange range;
  bool written;
};

/// For each step, the earlier ones that it must come after.
class Dependencies {
 public:
  explicit Dependencies(const std::vector<Step>& steps) : of_(steps.size()) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      for (const Command& command : steps[i].commands) {
        for_each_view(command, [&](const View& view, bool written) {
          const ByteRange range = byte_range(view);
          if (range.storage != nullptr && !steps[i].held.contains(range.storage)) {
            add({i, range, written});
          }
        });
      }
    }
  }
  const std::vector<std::size_t>& of(std::size_t step) const { return of_[step]; }

 private:
  void add(const Access& access) {
    std::vector<Access>& seen = seen_[access.range.storage];
    for (const Access& other : seen) {
      const bool matters = access.written || other.written;
      if (other.step != access.step && matters && access.range.overlaps(other.range)) {
        of_[access.step].push_back(other.step);
      }
    }
    if (access.written) {  // who waits for this one waits for what it overwrites, too
      const auto covered = [&](const Access& other) {
        return access.range.first <= other.range.first && other.range.last <= access.range.last;
      };
      seen.erase(std::remove_if(seen.begin(), seen.end(), covered), seen.end());
    }
    seen.push_back(access);
  }

  std::vector<std::vector<std::size_t>> of_;
  std::map<const Storage*, std::vector<Access>> seen_;
};

// How many steps are looked at for small ones, beyond the reach of large ones.
constexpr std::size_t look_ahead = 64;

/// Whether what it leaves hardly takes memory.
bool is_small(const Step& step) {
  constexpr std::int64_t most = 4096;
  return std::all_of(step.commands.begin(), step.commands.end(), [](const Command& command) {
    return std::all_of(command.out.begin(), command.out.end(),
                       [](const View& view) { return view.shape.numel() <= most; });
  });
}

}  // namespace

std::vector<Batch> schedule(std::vector<Step> steps, std::size_t reach) {
  const Dependencies dependencies(steps);
  std::vector<bool> done(steps.size());
  std::vector<bool> small;
  for (const Step& step : steps) small.push_back(is_small(step));
  std::deque<std::size_t> waiting;
  std::size_t next = 0;
  std::vector<Batch> batches;
  while (next < steps.size() || !waiting.empty()) {
    while (waiting.size() <= reach + look_ahead && next < steps.size()) waiting.push_back(next++);
    std::vector<std::size_t> ready;
    std::size_t passed = 0;  // large ones that a step would overtake
    for (const std::size_t step : waiting) {
      if (!small[step] && passed++ > reach) continue;
      const auto& before = dependencies.of(step);
      if (std::all_of(before.begin(), before.end(), [&](std::size_t i) { return done[i]; })) {
        ready.push_back(step);
      }
    }
    Batch& batch = batches.emplace_back();
    for (const std::size_t step : ready) {
      done[step] = true;
      batch.push_back(std::move(steps[step]));
      waiting.erase(std::find(waiting.begin(), waiting.end(), step));
    }
  }
  return batches;
}

}  // namespace varve::vulkan
