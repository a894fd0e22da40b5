#include "framework/optim/optimizer.h"

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"

namespace varve {
namespace {

double checked_rate(double rate) {
  if (!(rate >= 0) || !std::isfinite(rate))
    fail(ErrorKind::usage, "[optimizer] learning rate {}: a number of at least 0 is needed", rate);
  return rate;
}

}  // namespace

Optimizer::Optimizer(const Tensors& parameters, double rate)
    : arena_(parameters),
      rate_value_(checked_rate(rate)),
      rate_(Tensor::full({}, rate, arena_.dtype(), arena_.device())) {}

void Optimizer::step() {
  const NoGrad guard;
  const auto runs = arena_.active();
  if (runs.empty()) return;
  begin_step();
  for (const auto& run : runs) update(run);
}

void Optimizer::set_learning_rate(double rate) {
  if (rate == rate_value_) return;
  rate_value_ = checked_rate(rate);
  if (rate_.dtype() == DType::f64) return rate_.upload(std::span<const double>(&rate_value_, 1));
  const auto single = static_cast<float>(rate);
  rate_.upload(std::span<const float>(&single, 1));
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
