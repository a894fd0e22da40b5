#include "models/autoencoder/autoencoder.h"

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "models/networks/networks.h"

namespace varve {

Autoencoder::Autoencoder(const ModelOptions& options)
    : device_(default_device()),
      dtype_(options.dtype),
      image_(options.image),
      latent_(options.latent),
      likelihood_(
          make_likelihood(options.likelihood, {.scale = options.sigma, .link = options.link})),
      encoder_(make_encoder(options, latent_)),
      decoder_(make_decoder(options, latent_, image_[2] * likelihood_->parameters_per_pixel())) {
  child("encoder", *encoder_);
  child("decoder", *decoder_);
  child("likelihood", *likelihood_);
}

Terms Autoencoder::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Tensor codes = (*encoder_)(corrupt(input));
  const Tensor reconstruction = batch_mean(negative_log_likelihood(codes, target));
  return {{"loss", reconstruction}, {"reconstruction", reconstruction}};
}

Tensor Autoencoder::negative_log_likelihood(const Tensor& codes, const Tensor& images) {
  return likelihood_->negative_log_likelihood((*decoder_)(codes), images);
}

Tensor Autoencoder::encode(const Tensor& images, const Tensor&) { return (*encoder_)(images); }

Tensor Autoencoder::decode(const Tensor& codes, const Tensor&) {
  return likelihood_->mean((*decoder_)(codes));
}

Tensor Autoencoder::sample_prior(std::int64_t) {
  fail(ErrorKind::usage,
       "[model] an autoencoder has no prior to sample from: nothing shapes its codes; train a vae");
}

}  // namespace varve
