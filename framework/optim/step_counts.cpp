#include "framework/optim/step_counts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "framework/ops/table.h"
#include "framework/optim/skip.h"
#include "framework/program/recorder.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// Equal numbers stay equal, others different; from 0 on, so that they never grow large.
void renumber(std::vector<std::int32_t>& kinds) {
  std::map<std::int32_t, std::int32_t> numbers;
  for (auto& kind : kinds)
    kind = numbers.try_emplace(kind, static_cast<std::int32_t>(numbers.size())).first->second;
}

}  // namespace

StepCounts::StepCounts(const ParameterArena& arena, Tensor steps)
    : steps_(std::move(steps)),
      one_(Tensor::ones({}, DType::i32, arena.device())),
      refused_(Tensor::zeros({static_cast<std::int64_t>(arena.parameters().size())}, DType::i32,
                             arena.device())),
      passed_(std::make_shared<Passed>()) {
  passed_->steps.resize(arena.parameters().size());
  passed_->kind.resize(arena.parameters().size());
}

void StepCounts::advance(const std::vector<ParameterArena::Run>& runs, const Tensor& non_finite) {
  const Tensor counted = non_finite.defined() ? cast(goes(non_finite), DType::i32) : one_;
  apply_into(Op::add, {steps_, counted}, {steps_});
  std::size_t moved = 0;
  for (const auto& run : runs) moved += run.count;
  if (moved == passed_->steps.size()) return;
  Passed next = *passed_;
  std::size_t reached = 0;  // runs lie in the order of the parameters
  const auto pass = [&](std::size_t until) {
    if (reached == until) return;
    for (std::size_t i = reached; i < until; ++i) ++next.steps[i], next.kind[i] = -1 - next.kind[i];
    if (!non_finite.defined()) return;
    next.refusable = true;
    const Tensor refused =
        refused_.slice(0, static_cast<std::int64_t>(reached), static_cast<std::int64_t>(until));
    apply_into(Op::add, {refused, (one_ - counted).expand(refused.shape())}, {refused});
  };
  for (const auto& run : runs) {
    pass(run.first);
    reached = run.first + run.count;
  }
  pass(next.steps.size());
  renumber(next.kind);
  std::swap(next, *passed_);
  if (auto* recorder = Recorder::of(steps_.device()))
    recorder->on_failure([passed = passed_, before = std::move(next)] { *passed = before; });
}

std::size_t StepCounts::alike(std::size_t first, std::size_t stop) const {
  const auto& [steps, kind, refusable] = *passed_;
  auto end = first + 1;
  while (end < stop && steps[end] == steps[first] && (!refusable || kind[end] == kind[first]))
    ++end;
  return end;
}

Tensor StepCounts::of(std::size_t parameter) const {
  const auto passed = passed_->steps[parameter];
  if (passed == 0) return steps_;
  const Tensor count = sub(steps_, Tensor::full({}, passed, DType::i32, steps_.device()));
  return passed_->refusable ? count + refused_[static_cast<std::int64_t>(parameter)] : count;
}

std::vector<std::int32_t> StepCounts::skipped() const {
  auto skipped = passed_->steps;
  if (passed_->refusable) {
    const auto refused = refused_.to_vector<std::int32_t>();
    for (std::size_t i = 0; i < skipped.size(); ++i) skipped[i] -= refused[i];
  }
  const bool none = std::all_of(skipped.begin(), skipped.end(), [](auto n) { return n == 0; });
  return none ? std::vector<std::int32_t>() : skipped;
}

void StepCounts::set_skipped(std::vector<std::int32_t> skipped) {
  refused_.assign(Tensor::zeros(refused_.shape(), DType::i32, refused_.device()));
  *passed_ = {std::move(skipped), std::vector<std::int32_t>(passed_->kind.size()), false};
}

}  // namespace varve
