#include "models/vae/iwae.h"

#include <cmath>
#include <utility>

#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

Iwae::Iwae(IwaeConfig config, ModelParts parts)
    : GaussianVae(std::move(parts)), samples_(checked(config).samples) {}

Terms Iwae::loss(const Tensor& input, const Tensor& target, const Tensor& labels) {
  const Draws draws = draw(input, target, labels, samples_);
  const double log_count = std::log(static_cast<double>(samples_));
  const Tensor bound = logsumexp(draws.log_weights(), {0}) - log_count;
  return {{"loss", -batch_mean(bound)},
          {"reconstruction", -mean(draws.log_likelihood)},
          {"kl", mean(draws.log_posterior - draws.log_prior)}};
}

}  // namespace varve
