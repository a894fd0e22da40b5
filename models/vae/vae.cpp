#include "models/vae/vae.h"

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

std::vector<ModelOption> Vae::options(double default_beta) {
  return {beta.with_default(default_beta), covariance, samples, reconstruction_weight, free_bits};
}

Vae::Vae(const ModelOptions& options) : Vae(options, {options.image, options.latent}) {}

Vae::Vae(const ModelOptions& options, const Inputs& inputs)
    : GaussianVae(options, parse_covariance(options[covariance]), inputs),
      beta_(Tensor::scalar(options[beta](0))),
      samples_(options[samples]),
      reconstruction_weight_(options[reconstruction_weight]),
      free_bits_(options[free_bits]) {
  if (free_bits_ > 0 && options[covariance] == "full")
    fail(ErrorKind::usage,
         "[vae] --free-bits needs a KL term that is a sum over dimensions: take --posterior "
         "diagonal or isotropic");
}

/// E_q[-log p(x | z)], a mean over the batch.
Tensor Vae::reconstruction(const Posterior& q, const Tensor& target, const Tensor& labels) {
  if (samples_ == 1) return batch_mean(negative_log_likelihood(q.sample(), target, labels));
  const Tensor z = q.sample(samples_).reshape({samples_ * target.size(0), latent_size()});
  return batch_mean(negative_log_likelihood(z, repeat(target, samples_), repeat(labels, samples_)));
}

/// What a dimension spends below `free_bits_`, on average over the batch, costs as much as that.
Tensor Vae::above_free_bits(const Posterior& q) const {
  const Tensor spent = mean(q.kl_per_dimension(), {0});
  return sum(maximum(spent, Tensor::full({}, free_bits_, spent.dtype(), spent.device())));
}

Terms Vae::loss(const Tensor& input, const Tensor& target, const Tensor& labels) {
  const Posterior q = posterior(input, labels);
  const Tensor reconstructed = reconstruction(q, target, labels);
  const Tensor kl = batch_mean(q.kl());
  const Tensor weighted =
      reconstruction_weight_ == 1 ? reconstructed : reconstruction_weight_ * reconstructed;
  const Tensor price = free_bits_ > 0 ? above_free_bits(q) : kl;
  return {{"loss", weighted + beta_ * price}, {"reconstruction", reconstructed}, {"kl", kl}};
}

}  // namespace varve
