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

void Sgd::update() {
  Tensor direction = gradients();
  if (config_.weight_decay > 0) direction = direction + values() * config_.weight_decay;
  if (config_.momentum > 0) {
    velocity_.assign(velocity_ * config_.momentum + direction);
    direction = config_.nesterov ? direction + velocity_ * config_.momentum : velocity_;
  }
  apply_into(Op::sub, {values(), direction * rate()}, {values()});
}

}  // namespace varve
