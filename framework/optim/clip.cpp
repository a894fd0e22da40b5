#include "framework/optim/clip.h"

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensor clip_by_norm(ParameterArena& arena, double max_norm) {
  if (!(max_norm > 0))
    fail(ErrorKind::usage, "[clip_by_norm] the greatest norm is {}: it must be positive", max_norm);
  const NoGrad guard;
  const auto runs = arena.active();
  if (runs.empty()) return Tensor::zeros({}, arena.dtype(), arena.device());
  Tensors gradients;
  for (const auto& run : runs) gradients.push_back(run.gradients);
  const Tensor norm = global_norm(gradients);
  const Tensor one = Tensor::ones({}, arena.dtype(), arena.device());
  const Tensor ratio = max_norm / (norm + 1e-6);
  const Tensor factor = where(less(ratio, one), ratio, one);  // 1 of NaN
  for (const Tensor& g : gradients) apply_into(Op::mul, {g, factor.expand(g.shape())}, {g});
  return norm;
}

void clip_by_value(ParameterArena& arena, double limit) {
  if (!(limit > 0))
    fail(ErrorKind::usage, "[clip_by_value] the limit is {}: it must be positive", limit);
  const NoGrad guard;
  for (const auto& run : arena.active()) {
    Tensor gradients = run.gradients;
    gradients.assign(clamp(gradients, -limit, limit));
  }
}

}  // namespace varve
