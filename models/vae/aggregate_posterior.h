#pragma once

#include <cstdint>

#include "models/vae/posterior.h"

namespace varve {

/// log N(z_i | mean_j, exp(logvar_j)) of each dimension: z [n, d], mean and logvar [m, d] ->
/// [n, m, d].
Tensor pairwise_log_density(const Tensor& z, const Tensor& mean, const Tensor& logvar);

/// Log weights of minibatch-stratified sampling, [batch, batch]. With z_i drawn from q(z | x_i),
/// row i makes sum_j w_ij q(z_i | x_j) an estimate without bias of q(z_i) =
/// 1/examples sum_n q(z_i | x_n): the example itself weighs 1 / N (the diagonal), one other
/// (N - M) / (N M), the rest 1 / M, where M = batch - 1 and N = examples (at least the batch).
/// Chen et al. 2018, appendix C.2. The rows sum to 1.
Tensor stratified_log_weights(std::int64_t batch, std::int64_t examples, const Tensor& like);

/// log q(z_i) and, dimension by dimension, log q(z_ij), estimated from the batch's own posteriors.
struct AggregateDensity {
  Tensor joint;      ///< [N]
  Tensor marginals;  ///< [N, latent]
};
/// z [N, latent], row i drawn from row i of the diagonal posterior q; `examples`: the size of the
/// data set.
AggregateDensity aggregate_density(const Tensor& z, const Posterior& q, std::int64_t examples);

}  // namespace varve
