#include "framework/optim/rmsprop.h"

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {

Rmsprop::Rmsprop(const Tensors& parameters, RmspropConfig config)
    : Optimizer(parameters, config.learning_rate), config_(config), square_(moment("square")) {
  const auto fraction = [](double x) { return x >= 0 && x < 1; };
  if (!fraction(config.decay) || !(config.epsilon > 0) || !fraction(config.momentum) ||
      !(config.weight_decay >= 0))
    fail(ErrorKind::usage,
         "[Rmsprop] decay = {}, epsilon = {}, momentum = {}, weight_decay = {}: needed [0, 1), "
         "positive, [0, 1), at least 0",
         config.decay, config.epsilon, config.momentum, config.weight_decay);
  if (config.momentum > 0) velocity_ = moment("velocity");
}

void Rmsprop::update() {
  Tensor gradient = gradients();
  if (config_.weight_decay > 0) gradient = gradient + values() * config_.weight_decay;
  square_.assign(square_ * config_.decay + square(gradient) * (1 - config_.decay));
  Tensor direction = gradient / (sqrt(square_) + config_.epsilon);
  if (config_.momentum > 0) {
    velocity_.assign(velocity_ * config_.momentum + direction);
    direction = velocity_;
  }
  apply_into(Op::sub, {values(), direction * rate()}, {values()});
}

}  // namespace varve
