#include "framework/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/optim/skip.h"

namespace varve {
namespace {

double checked(double value, std::string_view what) {
  if (!(value >= 0) || !std::isfinite(value))
    fail(ErrorKind::usage, "[optimizer] {} {}: a number of at least 0 is needed", what, value);
  return value;
}

/// The ratio of a group's rate to the optimizer's.
double scale_of(const ParameterGroup& group, double rate) {
  const double own = checked(group.learning_rate.value_or(rate), "learning rate");
  if (own == rate) return 1;
  if (rate == 0)
    fail(ErrorKind::usage,
         "[optimizer] a group has the learning rate {} and the optimizer 0: they move in "
         "proportion, give the optimizer a positive one",
         own);
  return own / rate;
}

void write(Tensor& number, double value) {
  const auto single = static_cast<float>(value);
  if (number.dtype() == DType::f64)
    number.upload(std::span<const double>(&value, 1));
  else
    number.upload(std::span<const float>(&single, 1));
}

}  // namespace

Optimizer::Optimizer(const ParameterGroups& groups, double learning_rate, double weight_decay)
    : arena_(groups.parameters()), rate_(checked(learning_rate, "learning rate")) {
  std::unordered_set<const Tensor::Impl*> earlier;
  std::size_t first = 0;
  for (const auto& given : groups) {
    std::unordered_set<const Tensor::Impl*> own;
    for (const Tensor& parameter : given.parameters) own.insert(parameter.impl().get());
    const auto count = own.size();
    earlier.merge(own);
    if (!own.empty())
      fail(ErrorKind::usage, "[optimizer] a parameter is in two groups; leave it in one");
    const double scale = scale_of(given, rate_);
    const double decay = checked(given.weight_decay.value_or(weight_decay), "weight_decay =");
    groups_.push_back({first, count, decay, scale,
                       Tensor::full({}, rate_ * scale, arena_.dtype(), arena_.device())});
    first += count;
  }
}

void Optimizer::step() {
  const NoGrad guard;
  const auto runs = arena_.active();
  if (runs.empty()) return;
  begin_step(runs);
  for (const auto& run : runs)
    for (const auto& group : groups_) {
      const auto first = std::max(run.first, group.first);
      const auto stop = std::min(run.first + run.count, group.first + group.count);
      if (first < stop) update(arena_.part(first, stop - first), group);
    }
}

void Optimizer::step_unless(const Tensor& non_finite) {
  if (!can_skip())
    fail(ErrorKind::usage, "[optimizer] step_unless() needs an optimizer whose moves are put()");
  if (!non_finite.defined() || non_finite.rank() != 0 || non_finite.dtype() != DType::f32 ||
      !(non_finite.device() == arena_.device()))
    fail(ErrorKind::usage, "[optimizer] step_unless() needs a 0-d f32 tensor on the device {}",
         arena_.device().name());
  non_finite_ = non_finite.detach();
  try {
    step();
  } catch (...) {
    non_finite_ = {};
    throw;
  }
  non_finite_ = {};
}

void Optimizer::put(Tensor target, const Tensor& value) const {
  assign_unless(non_finite_, std::move(target), value);
}

void Optimizer::put(Tensor target, Op op, const Tensors& in) const {
  if (non_finite_.defined())
    put(std::move(target), apply(op, in)[0]);
  else
    apply_into(op, in, {std::move(target)});
}

void Optimizer::set_learning_rate(double rate) {
  if (checked(rate, "learning rate") == rate_) return;
  for (auto& group : groups_) write(group.rate, rate * group.scale);
  rate_ = rate;
}

double Optimizer::learning_rate(std::size_t group) const {
  if (group >= groups_.size())
    fail(ErrorKind::usage, "[optimizer] there is no group {}, there are {}", group, groups_.size());
  return rate_ * groups_[group].scale;
}

void Optimizer::load_state(const State& state) { load_tensors(state_, state, "optimizer"); }

Tensor Optimizer::moment(std::string_view name) {
  return remember(name, Tensor::zeros({arena_.size()}, arena_.dtype(), arena_.device()));
}

Tensor Optimizer::remember(std::string_view name, Tensor tensor) {
  state_.push_back({std::string(name), tensor});
  return tensor;
}

}  // namespace varve
