#include "models/vae/vae.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

Vae::Vae(VaeConfig config, ModelParts parts)
    : Vae(std::move(config), std::move(parts), plain_inputs) {}

Vae::Vae(VaeConfig config, ModelParts parts, const std::function<Inputs(const ModelParts&)>& inputs)
    : GaussianVae(std::move(parts), config.posterior, inputs),
      config_(checked(std::move(config))),
      beta_(scheduled("beta", config_.beta, 0)) {
  if (config_.free_bits > 0 && config_.posterior == Covariance::full)
    fail(ErrorKind::usage,
         "[vae] --free-bits needs a KL term that is a sum over dimensions: take --posterior "
         "diagonal or isotropic");
}

/// E_q[-log p(x | z)], a mean over the batch.
Tensor Vae::reconstruction(const Posterior& q, const Tensor& target, const Tensor& labels) {
  const std::int64_t samples = config_.samples;
  if (samples == 1) return batch_mean(negative_log_likelihood(q.sample(), target, labels));
  const Tensor z = q.sample(samples).reshape({samples * target.size(0), latent_size()});
  return batch_mean(negative_log_likelihood(z, repeat(target, samples), repeat(labels, samples)));
}

/// What a dimension spends below `free_bits`, on average over the batch, costs as much as that.
Tensor Vae::above_free_bits(const Posterior& q) const {
  const Tensor spent = mean(q.kl_per_dimension(), {0});
  return sum(maximum(spent, Tensor::full({}, config_.free_bits, spent.dtype(), spent.device())));
}

Terms Vae::loss(const Tensor& input, const Tensor& target, const Tensor& labels) {
  const Posterior q = posterior(input, labels);
  const Tensor reconstructed = reconstruction(q, target, labels);
  const Tensor kl = batch_mean(q.kl());
  const double weight = config_.reconstruction_weight;
  const Tensor weighted = weight == 1 ? reconstructed : weight * reconstructed;
  const Tensor price = config_.free_bits > 0 ? above_free_bits(q) : kl;
  return {{"loss", weighted + beta_ * price}, {"reconstruction", reconstructed}, {"kl", kl}};
}

}  // namespace varve
