#pragma once

#include <cstdint>

#include "framework/tensor/tensor.h"

namespace varve {

/// A mixture of K diagonal Gaussians over codes; every function is differentiable save sample().
struct GaussianMixture {
  Tensor mean, logvar;  ///< [K, latent]
  Tensor log_weights;   ///< [K]

  /// log sum_k w_k N(z | mean_k, exp(logvar_k)): z [N, latent] -> [N].
  Tensor log_prob(const Tensor& z) const;
  /// A component by its weight, then a draw from it, by the device's generator: [count, latent].
  Tensor sample(std::int64_t count) const;
};

}  // namespace varve
