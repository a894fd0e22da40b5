#include "models/vae/beta_tc_vae.h"

#include <utility>

#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"
#include "models/vae/aggregate_posterior.h"

namespace varve {

BetaTcVae::BetaTcVae(BetaTcVaeConfig config, ModelParts parts)
    : GaussianVae(std::move(parts)),
      alpha_(checked(config).alpha),
      gamma_(config.gamma),
      beta_(scheduled("beta", config.beta, 0)) {}

Terms BetaTcVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Posterior q = posterior(input);
  const Tensor z = q.sample();
  const Tensor reconstruction = batch_mean(negative_log_likelihood(z, target));
  const Tensor kl = batch_mean(q.kl());

  const AggregateDensity aggregate = aggregate_density(z, q, training_examples());
  const Tensor log_marginals = sum(aggregate.marginals, {1});
  const Tensor mi = batch_mean(q.log_prob(z) - aggregate.joint);
  const Tensor tc = batch_mean(aggregate.joint - log_marginals);
  const Tensor dimension_wise = batch_mean(log_marginals - log_prior(z));
  Tensor loss = reconstruction + kl + (beta_ - 1) * tc;
  if (alpha_ != 1) loss = loss + (alpha_ - 1) * mi;
  if (gamma_ != 1) loss = loss + (gamma_ - 1) * dimension_wise;
  return {{"loss", loss},
          {"reconstruction", reconstruction},
          {"kl", kl},
          {"mutual_information", mi},
          {"total_correlation", tc},
          {"dimension_wise_kl", dimension_wise}};
}

}  // namespace varve
