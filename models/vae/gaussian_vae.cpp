#include "models/vae/gaussian_vae.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/distributions/distribution.h"
#include "framework/distributions/normal.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

GaussianVae::GaussianVae(ModelParts parts, Covariance covariance,
                         const std::function<Inputs(const ModelParts&)>& inputs)
    : CodedModel(
          std::move(parts),
          [covariance](std::int64_t latent) { return posterior_parameters(covariance, latent); },
          inputs),
      covariance_(covariance) {}

Posterior GaussianVae::posterior(const Tensor& images, const Tensor& labels) {
  const Tensor outputs = encoded(encoder_input(images, labels), images);
  return {covariance_, latent_size(), outputs};
}

Tensor GaussianVae::negative_log_likelihood(const Tensor& codes, const Tensor& images,
                                            const Tensor& labels) {
  const Tensor params = decoded(decoder_input(codes, labels));
  return likelihood().negative_log_likelihood(params, images);
}

Tensor GaussianVae::encode(const Tensor& images, const Tensor& labels) {
  return posterior(images, labels).mean();
}

Tensor GaussianVae::decode(const Tensor& codes, const Tensor& labels) {
  return likelihood().mean(decoded(decoder_input(codes, labels)));
}

Tensor GaussianVae::sample_posterior(const Tensor& images, const Tensor& labels) {
  return posterior(images, labels).sample();
}

Model::Moments GaussianVae::posterior_moments(const Tensor& images, const Tensor& labels) {
  const Posterior q = posterior(images, labels);
  return {q.mean(), q.variance()};
}

Tensor GaussianVae::kl_per_dimension(const Tensor& images, const Tensor& labels) {
  if (prior() != PriorKind::standard_normal) return {};
  return mean(posterior(images, labels).kl_per_dimension(), {0});
}

GaussianVae::Draws GaussianVae::draw(const Tensor& input, const Tensor& target,
                                     const Tensor& labels, std::int64_t count) {
  const Posterior q = posterior(input, labels);
  const Tensor z = q.sample(count);
  const Tensor codes = z.reshape({count * input.size(0), latent_size()});
  const Tensor surprise =
      negative_log_likelihood(codes, repeat(target, count), repeat(labels, count));
  const Shape shape{count, input.size(0)};
  return {-surprise.reshape(shape), log_prior(codes).reshape(shape), q.log_prob(z)};
}

Tensor GaussianVae::log_importance_weights(const Tensor& images, std::int64_t samples,
                                           const Tensor& labels) {
  if (samples < 1)
    fail(ErrorKind::usage, "[model] importance weights need at least 1 sample, got {}", samples);
  return draw(images, images, labels, samples).log_weights().transpose();
}

Tensor GaussianVae::sample_prior(std::int64_t count) {
  return randn({count, latent_size()}, dtype(), device());
}

Tensor GaussianVae::log_prior(const Tensor& codes) {
  return sum_per_example(
      Normal::standard(codes.shape(), codes.dtype(), codes.device()).log_prob(codes));
}

Tensor repeat(const Tensor& x, std::int64_t times) {
  if (!x.defined() || times == 1) return x;
  Shape shape = x.shape();
  shape[0] *= times;
  return x.expand(draw_shape({times}, x.shape())).reshape(shape);
}

}  // namespace varve
