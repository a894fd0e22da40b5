#include "framework/optim/sgd.h"

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Sgd::Sgd(const ParameterGroups& parameters, SgdConfig config)
    : Optimizer(parameters, config.learning_rate, config.weight_decay), config_(config) {
  if (!(config.momentum >= 0 && config.momentum < 1))
    fail(ErrorKind::usage, "[Sgd] momentum = {}: needed [0, 1)", config.momentum);
  if (config.nesterov && config.momentum == 0)
    fail(ErrorKind::usage, "[Sgd] Nesterov's form needs a momentum: set one, or leave nesterov");
  if (config.momentum > 0) velocity_ = moment("velocity");
}

void Sgd::update(const ParameterArena::Run& run, const Group& group) {
  Tensor direction = run.gradients;
  if (group.weight_decay > 0) direction = direction + run.values * group.weight_decay;
  if (config_.momentum > 0) {
    Tensor velocity = part(velocity_, run);
    put(velocity, velocity * config_.momentum + direction);
    direction = config_.nesterov ? direction + velocity * config_.momentum : velocity;
  }
  put(run.values, Op::sub, {run.values, direction * group.rate});
}

}  // namespace varve
