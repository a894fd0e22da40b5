#include "models/autoencoder/autoencoder.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/losses/losses.h"

namespace varve {

Autoencoder::Autoencoder(Config, ModelParts parts) : Autoencoder(std::move(parts)) {}

Autoencoder::Autoencoder(ModelParts parts)
    : CodedModel(std::move(parts), [](std::int64_t latent) { return latent; }) {}

Terms Autoencoder::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Tensor codes = encode(corrupt(input), {});
  const Tensor reconstruction = batch_mean(negative_log_likelihood(codes, target));
  return {{"loss", reconstruction}, {"reconstruction", reconstruction}};
}

Tensor Autoencoder::negative_log_likelihood(const Tensor& codes, const Tensor& images) {
  return likelihood().negative_log_likelihood(decoded(codes), images);
}

Tensor Autoencoder::encode(const Tensor& images, const Tensor&) { return encoded(images, images); }

Tensor Autoencoder::decode(const Tensor& codes, const Tensor&) {
  return likelihood().mean(decoded(codes));
}

Tensor Autoencoder::sample_prior(std::int64_t) {
  fail(ErrorKind::usage,
       "[model] an autoencoder has no prior to sample from: nothing shapes its codes; train a vae");
}

}  // namespace varve
