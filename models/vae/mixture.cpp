#include "models/vae/mixture.h"

#include "framework/autograd/autograd.h"
#include "framework/distributions/discrete.h"
#include "framework/tensor/functional.h"
#include "models/vae/aggregate_posterior.h"

namespace varve {

Tensor GaussianMixture::log_prob(const Tensor& z) const {
  const Tensor densities = sum(pairwise_log_density(z, mean, logvar), {2});
  return logsumexp(densities + log_weights.unsqueeze(0), {1});
}

Tensor GaussianMixture::sample(std::int64_t count) const {
  const NoGrad guard;
  const Tensor component = Categorical(log_weights).sample({count});
  return Posterior(take(mean, component), take(logvar, component)).sample();
}

}  // namespace varve
