#include "framework/optim/step_counts.h"

#include <algorithm>
#include <utility>

#include "framework/ops/table.h"
#include "framework/program/recorder.h"
#include "framework/tensor/functional.h"

namespace varve {

StepCounts::StepCounts(const ParameterArena& arena, Tensor steps)
    : steps_(std::move(steps)),
      one_(Tensor::ones({}, DType::i32, arena.device())),
      skipped_(std::make_shared<std::vector<std::int32_t>>(arena.parameters().size())) {}

void StepCounts::advance(const std::vector<ParameterArena::Run>& runs) {
  apply_into(Op::add, {steps_, one_}, {steps_});
  auto next = *skipped_;
  std::size_t passed = 0;  // runs lie in the order of the parameters
  const auto pass = [&](std::size_t until) {
    for (; passed < until; ++passed) ++next[passed];
  };
  for (const auto& run : runs) {
    pass(run.first);
    passed = run.first + run.count;
  }
  pass(next.size());
  if (next == *skipped_) return;
  std::swap(next, *skipped_);
  if (auto* recorder = Recorder::of(steps_.device()))
    recorder->on_failure([skipped = skipped_, before = std::move(next)] { *skipped = before; });
}

std::size_t StepCounts::alike(std::size_t first, std::size_t stop) const {
  const auto& skipped = *skipped_;
  auto end = first + 1;
  while (end < stop && skipped[end] == skipped[first]) ++end;
  return end;
}

Tensor StepCounts::of(std::size_t parameter) const {
  const auto skipped = (*skipped_)[parameter];
  if (skipped == 0) return steps_;
  return sub(steps_, Tensor::full({}, skipped, DType::i32, steps_.device()));
}

std::vector<std::int32_t> StepCounts::skipped() const {
  const bool none = std::all_of(skipped_->begin(), skipped_->end(), [](auto n) { return n == 0; });
  return none ? std::vector<std::int32_t>() : *skipped_;
}

}  // namespace varve
