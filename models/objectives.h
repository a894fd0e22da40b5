#pragma once

#include <memory>
#include <optional>

#include "framework/optim/adam.h"
#include "framework/train/trainer.h"
#include "models/model.h"

namespace varve {

/// The objective of a model, for Trainer and evaluate().
LossFunction loss_of(Model& model);

/// What a Trainer needs of a model: the objective with its Adam, and those of an adversary if there
/// is one. It must outlive the trainer, and the model must outlive it.
///
///     Objectives objectives(*model);
///     Trainer trainer(*model, loss_of(*model), objectives.optimizer(), train, nullptr,
///                     {.second = objectives.second()});
class Objectives {
 public:
  explicit Objectives(Model& model);

  Adam& optimizer() { return optimizer_; }
  std::optional<SecondObjective> second();

 private:
  Model& model_;
  Adam optimizer_;
  std::unique_ptr<Adam> adversary_;
};

}  // namespace varve
