#pragma once

#include "framework/tensor/tensor.h"

namespace varve {

// Kullback-Leibler divergences between Gaussians. Latent axes are summed: the results are [batch].
// The elementwise term of the first is `gaussian_kl` in functional.h. Shapes that do not fit are
// ErrorKind::usage. Any finite log variance is valid; one whose exp() leaves the dtype's range
// makes infinity.

/// KL(N(mu, diag exp(logvar)) || N(0, I)), summed over all axes but the first.
/// Kingma and Welling 2014, appendix B.
Tensor kl_diagonal(const Tensor& mu, const Tensor& logvar);

/// KL(N(mu, exp(logvar) I) || N(0, I)) = 1/2 (d s^2 + mu'mu - d - d log s^2): mu [batch, d],
/// logvar [batch, 1].
Tensor kl_isotropic(const Tensor& mu, const Tensor& logvar);

/// KL(N(mu0, diag exp(logvar0)) || N(mu1, diag exp(logvar1))), elementwise and broadcasting: use
/// sum_per_example() for the whole.
Tensor kl_diagonal_pair(const Tensor& mu0, const Tensor& logvar0, const Tensor& mu1,
                        const Tensor& logvar1);

/// KL(N(mu0, L0 L0') || N(mu1, L1 L1')), L lower triangular with a positive diagonal:
/// 1/2 (tr(S1^-1 S0) + (mu1 - mu0)' S1^-1 (mu1 - mu0) - d + log |S1| / |S0|).
/// mu [..., d], L [..., d, d] -> [...]. The diagonals are checked as MultivariateNormal says.
Tensor kl_full(const Tensor& mu0, const Tensor& factor0, const Tensor& mu1, const Tensor& factor1);

}  // namespace varve
