#include "framework/optim/ema.h"

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Ema::Ema(const ParameterArena& arena, double decay)
    : decay_(decay), values_(arena.values()), average_(arena.values().clone()) {
  if (!(decay >= 0 && decay < 1)) fail(ErrorKind::usage, "[Ema] decay = {}: needed [0, 1)", decay);
}

void Ema::update() {
  const NoGrad guard;
  average_.assign(average_ * decay_ + values_ * (1 - decay_));
}

void Ema::swap() {
  const NoGrad guard;
  const Tensor weights = values_.clone();
  values_.assign(average_);
  average_.assign(weights);
}

void Ema::load_state(const State& saved) { load_tensors(state(), saved, "ema"); }

}  // namespace varve
