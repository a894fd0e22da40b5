#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/array_dataset.h"
#include "framework/nn/module.h"
#include "framework/optim/adam.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "framework/train/trainer.h"
#include "models/objectives.h"
#include "models/registry.h"

namespace varve::test {

constexpr std::int64_t classes = 3;

/// Sizes at which every model of the zoo is quick.
inline ModelOptions small(Shape image = {8, 8, 1}, std::string arch = "mlp") {
  return {.image = image,
          .classes = classes,
          .examples = 64,
          .arch = std::move(arch),
          .latent = 3,
          .hidden = {16}};
}

/// The same, with the model's own sizes small too, and no weight that drowns the likelihood.
inline ModelOptions small_for(const ModelInfo& info, Shape image = {8, 8, 1},
                              std::string arch = "mlp") {
  ModelOptions options = small(image, std::move(arch));
  const std::pair<const char*, OptionValue> sizes[] = {
      {"discriminator-layers", std::int64_t{2}},
      {"discriminator-width", std::int64_t{16}},
      {"pseudo-inputs", std::int64_t{5}},
      {"components", std::int64_t{3}},
      {"codebook", std::int64_t{8}},
      {"positions", std::int64_t{4}},
      {"lambda", 10.0},
      {"gamma", 2.0},
  };
  for (const auto& [name, value] : sizes)
    if (info.find(name) != nullptr) options.own[name] = value;
  return options;
}

/// Noise in [0, 1].
inline Tensor pictures(std::int64_t count, const Shape& image = {8, 8, 1},
                       DType dtype = DType::f32) {
  manual_seed(11);
  return rand({count, image[0], image[1], image[2]}, dtype);
}

/// 0, 1, 2, 0, ...
inline Tensor labels_of(std::int64_t count) {
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<std::int32_t>(i % classes));
  return Tensor::from(std::span<const std::int32_t>(values), {count});
}

/// The term of this name.
inline Tensor term(const Terms& terms, std::string_view name) {
  for (const auto& one : terms)
    if (one.name == name) return one.value;
  FAIL("no term " << name);
  return {};
}

/// Overwrites a parameter or buffer.
inline void set(Model& model, std::string_view path, const std::vector<float>& values) {
  for (auto [name, tensor] : model.state())
    if (name == path) return tensor.upload(std::span<const float>(values));
  FAIL("no tensor " << path);
}

/// Images with a pattern to learn: a bright square whose corner depends on the class, and noise.
inline std::shared_ptr<const Dataset> squares(std::int64_t count, Shape image = {8, 8, 1}) {
  PhiloxStream random(3, 0);
  std::vector<float> values;
  std::vector<int> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    labels.push_back(static_cast<int>(i % classes));
    for (std::int64_t y = 0; y < image[0]; ++y)
      for (std::int64_t x = 0; x < image[1]; ++x)
        for (std::int64_t c = 0; c < image[2]; ++c) {
          const bool inside = y >= i % classes && y < 4 + i % classes && x < 4;
          values.push_back(inside ? 0.9F + 0.1F * random.uniform() : 0.1F * random.uniform());
        }
  }
  return array_dataset({.values = Array::of<float>({count, image[0], image[1], image[2]},
                                                   std::span<const float>(values)),
                        .labels = labels});
}

/// A model with all that its training needs; the weights depend on the seed alone.
class Training {
 public:
  Training(const ModelInfo& info, const ModelOptions& model_options, TrainerOptions options)
      : model((manual_seed(5), make_model(info.name, model_options))),
        train(squares(36, model_options.image), {.batch_size = 8, .seed = 2, .prefetch = 0}),
        validation(squares(24, model_options.image),
                   {.batch_size = 8, .shuffle = false, .prefetch = 0}),
        objectives_(*model),
        trainer_(*model, loss_of(*model), objectives_.optimizer(), train, nullptr,
                 completed(std::move(options))) {}

  TrainingResult run() { return trainer_.run(); }
  /// The mean loss over the validation examples.
  double evaluated() { return evaluate(*model, loss_of(*model), validation)[0].value; }

  std::unique_ptr<Model> model;
  Loader train, validation;

 private:
  TrainerOptions completed(TrainerOptions options) {
    options.seed = 4;
    options.learning_rate = 5e-3;
    for (const auto& value : model->scheduled_values())
      model->set_schedule(value.name, Schedule::linear(0.5, 1, 6));
    options.second = objectives_.second();
    return options;
  }

  Objectives objectives_;
  Trainer trainer_;
};

/// Bytes of parameters and buffers, to compare bit for bit.
inline State bits(const Model& model) {
  State out;
  for (const auto& [path, tensor] : model.state()) out[path] = tensor.to_array();
  return out;
}

/// The first tensor that differs; empty if all are the same.
inline std::string difference(const State& a, const State& b) {
  for (const auto& [path, array] : a)
    if (!b.contains(path) || b.at(path).bytes != array.bytes) return path;
  return a.size() == b.size() ? "" : "their number";
}

}  // namespace varve::test
