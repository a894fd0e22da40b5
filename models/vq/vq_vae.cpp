#include "models/vq/vq_vae.h"

#include "framework/autograd/autograd.h"
#include "framework/distributions/discrete.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"
#include "models/networks/networks.h"
#include "models/networks/residual.h"

namespace varve {
namespace {

/// What one example's codes look like to the decoder.
Shape map_of(const ModelOptions& options) {
  if (options.arch != "conv") return {options[VqVae::positions] * options.latent};
  const MapSize map = code_map(options.image);
  return {map.height, map.width, options.latent};
}

}  // namespace

VqVae::VqVae(const ModelOptions& options)
    : image_(options.image),
      map_(map_of(options)),
      positions_(map_.numel() / options.latent),
      features_(options.latent),
      commitment_(options[commitment_weight]),
      likelihood_(
          make_likelihood(options.likelihood, {.scale = options.sigma, .link = options.link})),
      encoder_(options.arch == "conv" ? make_residual_encoder(options, features_)
                                      : make_encoder(options, map_.numel())),
      decoder_(nullptr),
      quantizer_({.codes = options[codebook],
                  .features = features_,
                  .decay = options[decay],
                  .restart = options[restart],
                  .dtype = options.dtype}) {
  const std::int64_t channels = image_[2] * likelihood_->parameters_per_pixel();
  decoder_ = options.arch == "conv" ? make_residual_decoder(options, features_, channels)
                                    : make_decoder(options, map_.numel(), channels);
  child("encoder", *encoder_);
  child("decoder", *decoder_);
  child("likelihood", *likelihood_);
  child("quantizer", quantizer_);
}

Tensor VqVae::vectors(const Tensor& images) {
  return (*encoder_)(images).reshape({images.size(0) * positions_, features_});
}

Tensor VqVae::decoded(const Tensor& codes) {
  Shape shape = map_;
  shape.insert(0, -1);
  return (*decoder_)(codes.reshape(shape));
}

Terms VqVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const auto [codes, distance, perplexity] = quantizer_(vectors(input));
  const Tensor reconstruction =
      batch_mean(likelihood_->negative_log_likelihood(decoded(codes), target));
  const Tensor commitment = mean(distance) * static_cast<double>(positions_);
  return {{"loss", reconstruction + commitment_ * commitment},
          {"reconstruction", reconstruction},
          {"commitment", commitment},
          {"perplexity", perplexity}};
}

Tensor VqVae::code_numbers(const Tensor& images) {
  const NoGrad guard;
  return quantizer_.nearest(vectors(images)).reshape({images.size(0), positions_});
}

Tensor VqVae::encode(const Tensor& images, const Tensor&) {
  return quantizer_.lookup(code_numbers(images)).flatten(1);
}

Tensor VqVae::decode(const Tensor& codes, const Tensor&) {
  return likelihood_->mean(decoded(codes));
}

Tensor VqVae::sample_prior(std::int64_t count) {
  const NoGrad guard;
  const Tensor numbers = Categorical(quantizer_.log_frequencies()).sample({count, positions_});
  return quantizer_.lookup(numbers).flatten(1);
}

}  // namespace varve
