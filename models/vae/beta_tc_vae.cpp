#include "models/vae/beta_tc_vae.h"

#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"
#include "models/vae/aggregate_posterior.h"

namespace varve {

BetaTcVae::BetaTcVae(const ModelOptions& options)
    : GaussianVae(options),
      alpha_(options[alpha]),
      gamma_(options[gamma]),
      beta_(Tensor::scalar(options[beta](0))),
      examples_(options.examples) {}

Terms BetaTcVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Posterior q = posterior(input);
  const Tensor z = q.sample();
  const Tensor reconstruction = batch_mean(negative_log_likelihood(z, target));
  const Tensor kl = batch_mean(q.kl());

  const AggregateDensity aggregate = aggregate_density(z, q, examples_);
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
