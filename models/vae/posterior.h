#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "framework/tensor/tensor.h"

namespace varve {

/// The covariance of q(z | x): diag(sigma^2), sigma^2 I, or any (a Cholesky factor L, with L L').
enum class Covariance : std::uint8_t { diagonal, isotropic, full };

inline std::span<const std::string_view> words_of(Covariance) {
  static constexpr std::array<std::string_view, 3> words{"diagonal", "isotropic", "full"};
  return words;
}
/// Numbers that an encoder gives for one q(z | x).
std::int64_t posterior_parameters(Covariance covariance, std::int64_t latent);
/// The size of a code for which an encoder gives so many numbers; 0: there is none.
std::int64_t posterior_latent(Covariance covariance, std::int64_t parameters);

/// An encoder's log variances are held between these, as are a trained prior's: e^20 and e^-30 are
/// far outside of what a code of variance 1 is about, and their squares are still f32.
inline constexpr double least_logvar = -30, greatest_logvar = 20;

/// q(z | x) = N(mean, covariance), one an image of a batch; every function is differentiable.
class Posterior {
 public:
  /// From an encoder's output, [N, posterior_parameters()]: the mean, the log variance (one for all
  /// dimensions, or one each; held within the bounds above), and of a full covariance the entries
  /// of L below the diagonal, which holds exp(logvar / 2).
  Posterior(Covariance covariance, std::int64_t latent, const Tensor& outputs);
  /// A diagonal one: both [N, latent].
  Posterior(const Tensor& mean, const Tensor& logvar) : mean_(mean), logvar_(logvar) {}

  const Tensor& mean() const { return mean_; }      ///< [N, latent]
  const Tensor& logvar() const { return logvar_; }  ///< [N, latent]; of a full one log diag(L)^2
  Tensor variance() const;                          ///< of each dimension: [N, latent]

  /// By reparameterization, with noise from the device's generator: [N, latent].
  Tensor sample() const;
  /// `count` draws an image: [count, N, latent].
  Tensor sample(std::int64_t count) const;
  /// log q(z | x) for z [..., N, latent]: [..., N].
  Tensor log_prob(const Tensor& z) const;

  /// KL(q || N(0, I)) = 1/2 (tr S + mean'mean - d - log |S|): [N].
  Tensor kl() const;
  /// KL(q_j || N(0, 1)) of each dimension's marginal: [N, latent]. They sum to kl() unless the
  /// covariance is full.
  Tensor kl_per_dimension() const;

 private:
  bool is_full() const { return factor_.defined(); }

  Tensor mean_, logvar_;
  Tensor factor_;  ///< L [N, latent, latent], if the covariance is full
};

}  // namespace varve
