#include "framework/optim/rmsprop.h"

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Rmsprop::Rmsprop(const ParameterGroups& parameters, RmspropConfig config)
    : Optimizer(parameters, config.learning_rate, config.weight_decay),
      config_(config),
      square_(moment("square")) {
  const auto fraction = [](double x) { return x >= 0 && x < 1; };
  if (!fraction(config.decay) || !(config.epsilon > 0) || !fraction(config.momentum))
    fail(ErrorKind::usage,
         "[Rmsprop] decay = {}, epsilon = {}, momentum = {}: needed [0, 1), positive, [0, 1)",
         config.decay, config.epsilon, config.momentum);
  if (config.momentum > 0) velocity_ = moment("velocity");
}

void Rmsprop::update(const ParameterArena::Run& run, const Group& group) {
  Tensor gradient = run.gradients, squares = part(square_, run);
  if (group.weight_decay > 0) gradient = gradient + run.values * group.weight_decay;
  put(squares, squares * config_.decay + square(gradient) * (1 - config_.decay));
  Tensor direction = gradient / (sqrt(squares) + config_.epsilon);
  if (config_.momentum > 0) {
    Tensor velocity = part(velocity_, run);
    put(velocity, velocity * config_.momentum + direction);
    direction = velocity;
  }
  put(run.values, Op::sub, {run.values, direction * group.rate});
}

}  // namespace varve
