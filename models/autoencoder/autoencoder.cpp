#include "models/autoencoder/autoencoder.h"

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "models/networks/networks.h"

namespace varve {

Autoencoder::Autoencoder(const ModelOptions& options)
    : image_(options.image),
      latent_(options.latent),
      likelihood_(make_likelihood(options.likelihood, {.scale = options.sigma})),
      encoder_(make_encoder(options, latent_)),
      decoder_(make_decoder(options, latent_, image_[2] * likelihood_->parameters_per_pixel())) {
  child("encoder", *encoder_);
  child("decoder", *decoder_);
  child("likelihood", *likelihood_);
}

Terms Autoencoder::loss(const Tensor& input, const Tensor& target) {
  const auto params = (*decoder_)(encode(input));
  const auto reconstruction = mean(likelihood_->negative_log_likelihood(params, target));
  return {{"loss", reconstruction}, {"reconstruction", reconstruction}};
}

Tensor Autoencoder::decode(const Tensor& codes) { return likelihood_->mean((*decoder_)(codes)); }

Tensor Autoencoder::sample_prior(std::int64_t) {
  fail(ErrorKind::usage,
       "[autoencoder] has no prior to sample from: nothing shapes its codes; train a vae");
}

}  // namespace varve
