#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/array_dataset.h"
#include "framework/losses/losses.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/dropout.h"
#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/platform/platform.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "framework/train/trainer.h"
#include "tests/framework/data/testing.h"

namespace varve::test {

using testing::contains;
using testing::error_of;

constexpr std::int64_t features = 6;

/// `count` examples without a pattern in (-1, 1).
inline std::shared_ptr<const Dataset> waves(std::int64_t count, float scale = 1) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count * features; ++i)
    values.push_back(scale * static_cast<float>(std::sin(1.7 * static_cast<double>(i))));
  return array_dataset(
      {.values = Array::of<float>({count, features}, std::span<const float>(values))});
}

/// A variational autoencoder with everything that could spoil a replay or a resume: running
/// statistics, dropout, noise and a weight that moves.
class Net : public Module {
 public:
  Net() {
    child("encoder", encoder_);
    child("norm", norm_);
    child("dropout", dropout_);
    child("mu", mu_);
    child("logvar", logvar_);
    child("decoder", decoder_);
  }
  std::string describe() const override { return "Net"; }

  Terms loss(const Tensor& input, const Tensor& target) {
    const Tensor hidden = dropout_(norm_(encoder_(input)));
    const Tensor mu = mu_(hidden), logvar = logvar_(hidden);
    const Tensor code = reparameterize(mu, logvar, randn(mu.shape(), mu.dtype(), mu.device()));
    const Tensor reconstruction = batch_mean(squared_error(decoder_(code), target));
    const Tensor kl = batch_mean(sum_per_example(gaussian_kl(mu, logvar)));
    return {{"loss", reconstruction + kl * beta}, {"reconstruction", reconstruction}, {"kl", kl}};
  }

  Tensor beta = Tensor::scalar(1);

 private:
  Linear encoder_{{.in = features, .out = 8, .activation = Activation::tanh}};
  BatchNorm norm_{{.features = 8}};
  Dropout dropout_{{.p = 0.2}};
  Linear mu_{{.in = 8, .out = 3}}, logvar_{{.in = 8, .out = 3}};
  Linear decoder_{{.in = 3, .out = features}};
};

inline LossFunction loss_of(Net& net) {
  return [&net](const Tensor& input, const Tensor& target, const Tensor&) {
    return net.loss(input, target);
  };
}

/// Calls a function after each step.
class AtStep : public Callback {
 public:
  explicit AtStep(std::function<void(const StepReport&)> function)
      : function_(std::move(function)) {}
  void on_step(const StepReport& report) override { function_(report); }

 private:
  std::function<void(const StepReport&)> function_;
};

/// Everything that a training run needs, built anew with the same initial weights each time: 50
/// examples in batches of 8, the last of 2; 20 to validate.
struct Run {
  static constexpr std::int64_t batches = 7;

  explicit Run(TrainerOptions options, std::int64_t prefetch = 0)
      : net((manual_seed(11), std::make_unique<Net>())),
        optimizer(net->parameters()),
        train(waves(50), {.batch_size = 8, .seed = 5, .prefetch = static_cast<int>(prefetch)}),
        validation(waves(20, 0.5F), {.batch_size = 8, .shuffle = false, .prefetch = 0}),
        trainer(*net, loss_of(*net), optimizer, train, &validation, completed(std::move(options))) {
  }

  TrainerOptions completed(TrainerOptions options) const {
    if (options.seed == 0) options.seed = 3;
    options.learning_rate = Schedule::parse("warmup:4:cosine:0.05:0.001:40");
    options.scheduled = {{"beta", Schedule::linear(0, 1, 20), net->beta}};
    return options;
  }

  std::unique_ptr<Net> net;
  Adam optimizer;
  Loader train, validation;
  Trainer trainer;
};

/// Bytes of all tensors, to compare bit for bit.
inline State bits(const NamedTensors& tensors) {
  State out;
  for (const auto& [path, tensor] : tensors) out[path] = tensor.to_array();
  return out;
}

inline bool same_bits(const State& a, const State& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [path, array] : a) {
    const auto found = b.find(path);
    if (found == b.end() || found->second.bytes != array.bytes) return false;
  }
  return true;
}

/// The rows of metrics.csv without the columns that tell the time.
inline std::string metrics_of(const std::filesystem::path& folder) {
  const std::string text = platform::read_file(folder / "metrics.csv");
  std::string out;
  int column = 0;
  for (const char c : text) {
    if (c == ',' || c == '\n') ++column;
    if (column != 2 && column != 3) out += c;
    if (c == '\n') column = 0;
  }
  return out;
}

}  // namespace varve::test
