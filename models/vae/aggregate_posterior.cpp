#include "models/vae/aggregate_posterior.h"

#include <algorithm>
#include <cmath>

#include "framework/distributions/normal.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensor pairwise_log_density(const Tensor& z, const Tensor& mean, const Tensor& logvar) {
  return Normal::from_logvar(mean.unsqueeze(0), logvar.unsqueeze(0)).log_prob(z.unsqueeze(1));
}

Tensor stratified_log_weights(std::int64_t batch, std::int64_t examples, const Tensor& like) {
  const auto scalar = [&](double value) {
    return Tensor::full({}, value, like.dtype(), like.device());
  };
  if (batch == 1) return scalar(0).expand({1, 1});
  const auto others = static_cast<double>(batch - 1);
  const auto all = static_cast<double>(std::max(batch, examples));
  // How far column j stands behind row i, going round: 0 on the diagonal, 1 for the other one.
  const Tensor place = Tensor::arange(batch, 0, 1, like.dtype(), like.device());
  const Tensor ahead = place.unsqueeze(0) - place.unsqueeze(1);
  const Tensor around = where(less(ahead, scalar(0)), ahead + static_cast<double>(batch), ahead);
  return where(equal(around, scalar(0)), scalar(-std::log(all)),
               where(equal(around, scalar(1)), scalar(std::log((all - others) / (all * others))),
                     scalar(-std::log(others))));
}

AggregateDensity aggregate_density(const Tensor& z, const Posterior& q, std::int64_t examples) {
  const Tensor densities = pairwise_log_density(z, q.mean(), q.logvar());
  const Tensor weights = stratified_log_weights(z.size(0), examples, z);
  return {logsumexp(sum(densities, {2}) + weights, {1}),
          logsumexp(densities + weights.unsqueeze(2), {1})};
}

}  // namespace varve
