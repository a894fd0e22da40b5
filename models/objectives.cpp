#include "models/objectives.h"

namespace varve {

LossFunction loss_of(Model& model) {
  return [&model](const Tensor& input, const Tensor& target, const Tensor& labels) {
    return model.loss(input, target, labels);
  };
}

Objectives::Objectives(Model& model) : model_(model), optimizer_(model.main_parameters()) {
  if (const auto adversary = model.adversary())
    adversary_ = std::make_unique<Adam>(adversary->module->parameters(), adversary->optimizer);
}

std::optional<SecondObjective> Objectives::second() {
  if (!adversary_) return {};
  SecondObjective second;
  second.name = "adversary";
  second.loss = [this](const Tensor& input, const Tensor& target, const Tensor& labels) {
    return model_.adversary_loss(input, target, labels);
  };
  second.optimizer = adversary_.get();
  second.learning_rate = adversary_->learning_rate();
  return second;
}

}  // namespace varve
