#include "models/vq/vq_vae.h"

#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/distributions/discrete.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

ModelParts completed(ModelParts parts) {
  if (parts.encoder != nullptr || parts.decoder != nullptr) {
    if (parts.encoder == nullptr || parts.decoder == nullptr || parts.example.empty())
      fail(ErrorKind::usage,
           "[vq-vae] with networks of one's own both are needed, and .example, the shape of one");
  }
  if (parts.latent == 0) parts.latent = VqVae::default_features;
  return std::move(parts).completed();
}

/// What one example's codes look like to the decoder.
Shape map_of(const VqVaeConfig& config, const ModelParts& parts) {
  if (parts.encoder != nullptr) {
    const NoGrad guard;
    Shape one = parts.example;
    one.insert(0, 1);
    parts.encoder->eval();  // a look alone: no statistics, no noise
    Shape map = (*parts.encoder)(Tensor::zeros(one, parts.dtype)).shape();
    parts.encoder->train();
    if (map.size() < 2 || map[map.size() - 1] % parts.latent != 0)
      fail(ErrorKind::usage, "[vq-vae] the encoder gives {}: vectors of {} are needed", map.str(),
           parts.latent);
    map.erase(0);
    return map;
  }
  Shape map = parts.networks->code_map(parts.example);
  if (map.empty()) return {config.positions * parts.latent};
  map.push_back(parts.latent);
  return map;
}

/// Whether the networks that are made have a code for each place of an image.
bool has_places(const ModelParts& parts, const Shape& map) {
  return parts.decoder == nullptr && map.size() == 3;
}

}  // namespace

VqVae::VqVae(VqVaeConfig config, ModelParts parts)
    : VqVae(checked(config), completed(std::move(parts)), Completed{}) {}

VqVae::VqVae(const VqVaeConfig& config, ModelParts parts, Completed)
    : example_(parts.example),
      features_(parts.latent),
      map_(map_of(config, parts)),
      positions_(map_.numel() / features_),
      commitment_(config.commitment),
      encoder_(has_places(parts, map_)
                   ? parts.networks->map_encoder(parts.input(example_), features_)
                   : parts.take_encoder(example_, map_.numel())),
      quantizer_({.codes = config.codebook,
                  .features = features_,
                  .decay = config.decay,
                  .restart = config.restart,
                  .dtype = parts.dtype}) {
  decoder_ = has_places(parts, map_) ? parts.networks->map_decoder(parts.output(), features_)
                                     : parts.take_decoder(map_.numel());
  likelihood_ = std::move(parts.likelihood);
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
