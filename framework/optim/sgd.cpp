#include "framework/optim/sgd.h"

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {

Sgd::Sgd(const Tensors& parameters, SgdConfig config)
    : Optimizer(parameters, config.learning_rate), config_(config) {
  if (!(config.momentum >= 0 && config.momentum < 1) || !(config.weight_decay >= 0))
    fail(ErrorKind::usage, "[Sgd] momentum = {}, weight_decay = {}: needed [0, 1), and at least 0",
         config.momentum, config.weight_decay);
  if (config.nesterov && config.momentum == 0)
    fail(ErrorKind::usage, "[Sgd] Nesterov's form needs a momentum: set one, or leave nesterov");
  if (config.momentum > 0) velocity_ = moment("velocity");
}

void Sgd::update(const ParameterArena::Run& run) {
  Tensor direction = run.gradients;
  if (config_.weight_decay > 0) direction = direction + run.values * config_.weight_decay;
  if (config_.momentum > 0) {
    Tensor velocity = part(velocity_, run);
    velocity.assign(velocity * config_.momentum + direction);
    direction = config_.nesterov ? direction + velocity * config_.momentum : velocity;
  }
  apply_into(Op::sub, {run.values, direction * rate()}, {run.values});
}

}  // namespace varve
