#include "models/vae/capacity_vae.h"

#include <utility>

#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

CapacityVae::CapacityVae(CapacityVaeConfig config, ModelParts parts)
    : GaussianVae(std::move(parts)),
      gamma_(checked(config).gamma),
      capacity_(scheduled("capacity", config.capacity, 0)) {}

Terms CapacityVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Posterior q = posterior(input);
  const Tensor reconstruction = batch_mean(negative_log_likelihood(q.sample(), target));
  const Tensor kl = batch_mean(q.kl());
  return {{"loss", reconstruction + gamma_ * abs(kl - capacity_)},
          {"reconstruction", reconstruction},
          {"kl", kl},
          {"capacity", capacity_}};
}

}  // namespace varve
