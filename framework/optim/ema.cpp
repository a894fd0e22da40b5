#include "framework/optim/ema.h"

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/optim/skip.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

Tensors copies(const Tensors& tensors) {
  Tensors out;
  for (const auto& tensor : tensors) out.push_back(tensor.clone());
  return out;
}

void assign(Tensors targets, const Tensors& sources) {
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i].assign(sources[i]);
}

}  // namespace

Ema::Ema(const ParameterArena& arena, double decay) : decay_(decay) {
  if (!(decay >= 0 && decay < 1)) fail(ErrorKind::usage, "[Ema] decay = {}: needed [0, 1)", decay);
  average_ = Tensor::zeros({arena.size()}, arena.dtype(), arena.device());
  for (const auto& run : arena.runs()) {
    weights_.push_back(run.values);
    averages_.push_back(average_.slice(0, run.offset, run.offset + run.size));
  }
  assign(averages_, weights_);
}

void Ema::update(const Tensor& non_finite) {
  const NoGrad guard;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Tensor next = averages_[i] + (weights_[i] - averages_[i]) * (1 - decay_);
    assign_unless(non_finite, averages_[i], next);
  }
}

void Ema::swap() {
  const NoGrad guard;
  const Tensors before = copies(weights_);
  assign(weights_, averages_);
  assign(averages_, before);
}

void Ema::load_state(const State& saved) { load_tensors(state(), saved, "ema"); }

EmaWeights::EmaWeights(Ema& ema) : weights_(ema.weights_), before_(copies(weights_)) {
  assign(weights_, ema.averages_);
}

EmaWeights::~EmaWeights() { assign(weights_, before_); }

}  // namespace varve
