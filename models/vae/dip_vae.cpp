#include "models/vae/dip_vae.h"

#include <utility>

#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensor batch_covariance(const Tensor& x) {
  const Tensor centred = x - mean(x, {0}, true);
  return matmul(centred.transpose(), centred) / static_cast<double>(x.size(0));
}

DipVae::DipVae(DipVaeConfig config, ModelParts parts)
    : GaussianVae(std::move(parts)),
      of_aggregate_(config.variant == DipVariant::ii),
      off_diagonal_(checked(config).off_diagonal),
      diagonal_(config.diagonal) {
  if (diagonal_ < 0) diagonal_ = of_aggregate_ ? off_diagonal_ : 10 * off_diagonal_;
}

Terms DipVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Posterior q = posterior(input);
  const Tensor reconstruction = batch_mean(negative_log_likelihood(q.sample(), target));
  const Tensor kl = batch_mean(q.kl());

  Tensor covariance = batch_covariance(q.mean());
  if (of_aggregate_) covariance = covariance + diagonal_embed(mean(q.variance(), {0}));
  const Tensor variances = covariance.diagonal();
  const Tensor off = sum(square(covariance)) - sum(square(variances));
  const Tensor on = sum(square(variances - 1));
  const Tensor penalty = off_diagonal_ * off + diagonal_ * on;
  return {{"loss", reconstruction + kl + penalty},
          {"reconstruction", reconstruction},
          {"kl", kl},
          {"covariance_penalty", penalty}};
}

}  // namespace varve
