#include "framework/optim/ema.h"

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Ema::Ema(const ParameterArena& arena, double decay) : decay_(decay), runs_(arena.runs()) {
  if (!(decay >= 0 && decay < 1)) fail(ErrorKind::usage, "[Ema] decay = {}: needed [0, 1)", decay);
  average_ = Tensor::zeros({arena.size()}, arena.dtype(), arena.device());
  for (const auto& run : runs_) part(run).assign(run.values);
}

Tensor Ema::part(const ParameterArena::Run& run) const {
  return average_.slice(0, run.offset, run.offset + run.size);
}

void Ema::update() {
  const NoGrad guard;
  for (const auto& run : runs_) part(run).assign(part(run) * decay_ + run.values * (1 - decay_));
}

void Ema::swap() {
  const NoGrad guard;
  for (auto& run : runs_) {
    const Tensor weights = run.values.clone();
    run.values.assign(part(run));
    part(run).assign(weights);
  }
}

void Ema::load_state(const State& saved) { load_tensors(state(), saved, "ema"); }

}  // namespace varve
