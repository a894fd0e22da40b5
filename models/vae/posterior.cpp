#include "models/vae/posterior.h"

#include "framework/distributions/multivariate_normal.h"
#include "framework/distributions/normal.h"
#include "framework/losses/kl.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// L from its diagonal [N, d] and the entries below it, row by row, [N, d (d - 1) / 2].
Tensor lower_triangle(const Tensor& diagonal, const Tensor& below) {
  const std::int64_t count = diagonal.size(0), d = diagonal.size(1), entries = below.size(1);
  const Device& device = diagonal.device();
  const Tensor row = Tensor::arange(d, 0, 1, DType::f32, device).unsqueeze(1);
  const Tensor column = Tensor::arange(d, 0, 1, DType::f32, device).unsqueeze(0);
  const Tensor outside = Tensor::full({}, static_cast<double>(entries), DType::f32, device);
  const Tensor place = where(less(column, row), 0.5 * row * (row - 1) + column, outside);
  const Tensor zero = Tensor::zeros({count, 1}, below.dtype(), device);
  const Tensor places = cast(place, DType::i32).reshape({1, d * d}).expand({count, d * d});
  return gather(concat({below, zero}, 1), places, 1).reshape({count, d, d}) +
         diagonal_embed(diagonal);
}

/// Not checked: the diagonal of `factor` is an exp().
MultivariateNormal full(const Tensor& mean, const Tensor& factor) {
  return {mean, factor, Validate::shapes};
}

}  // namespace

std::int64_t posterior_parameters(Covariance covariance, std::int64_t latent) {
  if (covariance == Covariance::isotropic) return latent + 1;
  if (covariance == Covariance::diagonal) return 2 * latent;
  return 2 * latent + latent * (latent - 1) / 2;
}

std::int64_t posterior_latent(Covariance covariance, std::int64_t parameters) {
  std::int64_t latent = 1;
  while (posterior_parameters(covariance, latent) < parameters) ++latent;
  return posterior_parameters(covariance, latent) == parameters ? latent : 0;
}

Posterior::Posterior(Covariance covariance, std::int64_t latent, const Tensor& outputs)
    : mean_(outputs.slice(1, 0, latent)) {
  const bool one = covariance == Covariance::isotropic;
  const std::int64_t count = one ? 1 : latent;
  logvar_ = clamp(outputs.slice(1, latent, latent + count), least_logvar, greatest_logvar);
  if (one) logvar_ = logvar_.expand(mean_.shape());
  if (covariance == Covariance::full)
    factor_ = lower_triangle(exp(0.5 * logvar_), outputs.slice(1, 2 * latent, outputs.size(1)));
}

Tensor Posterior::variance() const { return is_full() ? sum(square(factor_), {2}) : exp(logvar_); }

Tensor Posterior::sample() const {
  if (is_full()) return full(mean_, factor_).rsample();
  return reparameterize(mean_, logvar_, randn(mean_.shape(), mean_.dtype(), mean_.device()));
}

Tensor Posterior::sample(std::int64_t count) const {
  if (is_full()) return full(mean_, factor_).rsample({count});
  return Normal::from_logvar(mean_, logvar_).rsample({count});
}

Tensor Posterior::log_prob(const Tensor& z) const {
  if (is_full()) return full(mean_, factor_).log_prob(z);
  return sum(Normal::from_logvar(mean_, logvar_).log_prob(z), {-1});
}

Tensor Posterior::kl() const {
  if (!is_full()) return kl_diagonal(mean_, logvar_);
  const auto d = static_cast<double>(mean_.size(1));
  const Tensor trace = sum(square(factor_), {1, 2});
  return 0.5 * (trace + sum(square(mean_), {1}) - d - sum(logvar_, {1}));
}

Tensor Posterior::kl_per_dimension() const {
  return gaussian_kl(mean_, is_full() ? log(variance()) : logvar_);
}

}  // namespace varve
