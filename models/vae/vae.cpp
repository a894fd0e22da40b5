#include "models/vae/vae.h"

#include "framework/losses/kl.h"
#include "framework/tensor/functional.h"
#include "models/networks/networks.h"

namespace varve {

Vae::Vae(const ModelOptions& options)
    : image_(options.image),
      latent_(options.latent),
      beta_(Tensor::scalar(options.beta)),
      likelihood_(make_likelihood(options.likelihood, {.scale = options.sigma})),
      encoder_(make_encoder(options, 2 * latent_)),
      decoder_(make_decoder(options, latent_, image_[2] * likelihood_->parameters_per_pixel())) {
  child("encoder", *encoder_);
  child("decoder", *decoder_);
  child("likelihood", *likelihood_);
}

Vae::Posterior Vae::posterior(const Tensor& images) {
  const auto halves = (*encoder_)(images).chunk(2, 1);
  return {halves[0], halves[1]};
}

Terms Vae::loss(const Tensor& input, const Tensor& target) {
  const auto [mu, logvar] = posterior(input);
  const auto eps = randn(mu.shape(), mu.dtype(), mu.device());
  const auto params = (*decoder_)(reparameterize(mu, logvar, eps));
  const auto reconstruction = mean(likelihood_->negative_log_likelihood(params, target));
  const auto kl = mean(kl_diagonal(mu, logvar));
  return {{"loss", reconstruction + beta_ * kl}, {"reconstruction", reconstruction}, {"kl", kl}};
}

Tensor Vae::decode(const Tensor& codes) { return likelihood_->mean((*decoder_)(codes)); }

Tensor Vae::sample_prior(std::int64_t count) {
  return randn({count, latent_}, DType::f32, beta_.device());
}

Tensor Vae::kl_per_dimension(const Tensor& images) {
  const auto [mu, logvar] = posterior(images);
  return mean(gaussian_kl(mu, logvar), {0});
}

}  // namespace varve
