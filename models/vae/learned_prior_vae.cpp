#include "models/vae/learned_prior_vae.h"

#include <cmath>
#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/losses/losses.h"
#include "framework/nn/init.h"
#include "framework/tensor/functional.h"

namespace varve {

LearnedPriorVae::LearnedPriorVae(const Schedule& beta, ModelParts parts)
    : GaussianVae(std::move(parts)), beta_(scheduled("beta", beta, 0)) {}

Terms LearnedPriorVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Posterior q = posterior(input);
  const Tensor z = q.sample();
  const Tensor reconstruction = batch_mean(negative_log_likelihood(z, target));
  const Tensor kl = batch_mean(q.log_prob(z) - log_prior(z));
  return {{"loss", reconstruction + beta_ * kl}, {"reconstruction", reconstruction}, {"kl", kl}};
}

Tensor LearnedPriorVae::sample_prior(std::int64_t count) {
  const NoGrad guard;
  return mixture().sample(count);
}

MixturePriorVae::MixturePriorVae(MixturePriorConfig config, ModelParts parts)
    : LearnedPriorVae(checked(config).beta, std::move(parts)) {
  const std::int64_t count = config.components;
  const auto make = [&](Shape shape) { return Tensor::zeros(shape, dtype()); };
  mean_ = parameter("prior_mean", make({count, latent_size()}));
  logvar_ = parameter("prior_logvar", make({count, latent_size()}));
  logits_ = parameter("prior_logits", make({count}));
  init::normal(mean_);
}

GaussianMixture MixturePriorVae::mixture() {
  return {mean_, clamp(logvar_, least_logvar, greatest_logvar), log_softmax(logits_)};
}

VampPriorVae::VampPriorVae(VampPriorConfig config, ModelParts parts)
    : LearnedPriorVae(checked(config).beta, std::move(parts)),
      bounded_(likelihood().has_unit_mean()) {
  Shape shape = example_shape();
  shape.insert(0, config.inputs);
  raw_ = parameter("pseudo_inputs", Tensor::zeros(shape, dtype()));
  init::normal(raw_);
}

Tensor VampPriorVae::pseudo_inputs() const { return bounded_ ? sigmoid(raw_) : raw_; }

GaussianMixture VampPriorVae::mixture() {
  const Posterior q = posterior(pseudo_inputs());
  const auto count = static_cast<double>(raw_.size(0));
  const Tensor equal = Tensor::full({raw_.size(0)}, -std::log(count), dtype(), device());
  return {q.mean(), q.logvar(), equal};
}

}  // namespace varve
