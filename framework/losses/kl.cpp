#include "framework/losses/kl.h"

#include "framework/distributions/multivariate_normal.h"
#include "framework/distributions/normal.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensor kl_diagonal(const Tensor& mu, const Tensor& logvar) {
  require_same_shape(mu, logvar, "kl_diagonal");
  return sum_per_example(gaussian_kl(mu, logvar));
}

Tensor kl_isotropic(const Tensor& mu, const Tensor& logvar) {
  const Tensor zero = Tensor::zeros({}, mu.dtype(), mu.device());
  return kl_divergence(IsotropicNormal(mu, logvar),
                       IsotropicNormal(zero.expand(mu.shape()), zero.expand(logvar.shape())));
}

Tensor kl_diagonal_pair(const Tensor& mu0, const Tensor& logvar0, const Tensor& mu1,
                        const Tensor& logvar1) {
  return kl_divergence(Normal::from_logvar(mu0, logvar0), Normal::from_logvar(mu1, logvar1));
}

Tensor kl_full(const Tensor& mu0, const Tensor& factor0, const Tensor& mu1, const Tensor& factor1) {
  return kl_divergence(MultivariateNormal(mu0, factor0), MultivariateNormal(mu1, factor1));
}

}  // namespace varve
