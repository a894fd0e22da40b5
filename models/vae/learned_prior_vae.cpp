#include "models/vae/learned_prior_vae.h"

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/losses/losses.h"
#include "framework/nn/init.h"
#include "framework/tensor/functional.h"

namespace varve {

LearnedPriorVae::LearnedPriorVae(const ModelOptions& options)
    : GaussianVae(options), beta_(Tensor::scalar(options[beta](0))) {}

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

MixturePriorVae::MixturePriorVae(const ModelOptions& options) : LearnedPriorVae(options) {
  const std::int64_t count = options[components];
  const auto make = [&](Shape shape) { return Tensor::zeros(shape, options.dtype); };
  mean_ = parameter("prior_mean", make({count, options.latent}));
  logvar_ = parameter("prior_logvar", make({count, options.latent}));
  logits_ = parameter("prior_logits", make({count}));
  init::normal(mean_);
}

GaussianMixture MixturePriorVae::mixture() {
  return {mean_, clamp(logvar_, least_logvar, greatest_logvar), log_softmax(logits_)};
}

VampPriorVae::VampPriorVae(const ModelOptions& options)
    : LearnedPriorVae(options),
      bounded_(std::isfinite(likelihood().range().high) || options.link == Link::sigmoid) {
  const Shape& image = options.image;
  raw_ = parameter("pseudo_inputs",
                   Tensor::zeros({options[inputs], image[0], image[1], image[2]}, options.dtype));
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
