#include "framework/optim/adam.h"

#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve {
namespace {

Attributes attributes_of(const AdamConfig& config, bool decoupled) {
  const auto fraction = [](double beta) { return beta >= 0 && beta < 1; };
  if (!fraction(config.beta1) || !fraction(config.beta2) || !(config.epsilon > 0) ||
      !(config.weight_decay >= 0))
    fail(ErrorKind::usage,
         "[Adam] beta1 = {}, beta2 = {}, epsilon = {}, weight_decay = {}: needed [0, 1), [0, 1), "
         "positive, at least 0",
         config.beta1, config.beta2, config.epsilon, config.weight_decay);
  Attributes attributes;
  attributes.beta1 = config.beta1;
  attributes.beta2 = config.beta2;
  attributes.epsilon = config.epsilon;
  attributes.weight_decay = config.weight_decay;
  attributes.decoupled = decoupled;
  return attributes;
}

}  // namespace

Adam::Adam(const Tensors& parameters, AdamConfig config) : Adam(parameters, config, false) {}

Adam::Adam(const Tensors& parameters, const AdamConfig& config, bool decoupled)
    : Optimizer(parameters, config.learning_rate),
      attributes_(attributes_of(config, decoupled)),
      first_(moment("first_moment")),
      second_(moment("second_moment")),
      count_(remember("step", Tensor::zeros({}, DType::i32, arena().device()))),
      one_(Tensor::ones({}, DType::i32, arena().device())) {}

void Adam::begin_step() { apply_into(Op::add, {count_, one_}, {count_}); }

void Adam::update(const ParameterArena::Run& run) {
  const Tensor first = part(first_, run), second = part(second_, run);
  apply_into(Op::adam_step, {run.values, run.gradients, first, second, rate(), count_},
             {run.values, first, second}, attributes_);
}

AdamW::AdamW(const Tensors& parameters, AdamConfig config) : Adam(parameters, config, true) {}

}  // namespace varve
