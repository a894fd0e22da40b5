#pragma once

#include "models/coded_model.h"
#include "models/config.h"
#include "models/vae/posterior.h"

namespace varve {

/// What the variational autoencoders with Gaussian codes share: an encoder that gives q(z | x), a
/// decoder and a likelihood that give p(x | z), and the prior N(0, I). A model adds its loss().
class GaussianVae : public CodedModel {
 public:
  Tensor encode(const Tensor& images, const Tensor& labels = {}) override;
  Tensor decode(const Tensor& codes, const Tensor& labels = {}) override;
  Tensor sample_posterior(const Tensor& images, const Tensor& labels = {}) override;
  Moments posterior_moments(const Tensor& images, const Tensor& labels = {}) override;
  Tensor kl_per_dimension(const Tensor& images, const Tensor& labels = {}) override;
  Tensor log_importance_weights(const Tensor& images, std::int64_t samples,
                                const Tensor& labels = {}) override;

  PriorKind prior() const override { return PriorKind::standard_normal; }
  Tensor sample_prior(std::int64_t count) override;
  Tensor log_prior(const Tensor& codes) override;

  /// q(z | x).
  Posterior posterior(const Tensor& images, const Tensor& labels = {});
  /// -log p(x | z): codes [N, latent], images [N, H, W, C] -> [N].
  Tensor negative_log_likelihood(const Tensor& codes, const Tensor& images,
                                 const Tensor& labels = {});

 protected:
  explicit GaussianVae(ModelParts parts, Covariance covariance = Covariance::diagonal,
                       const std::function<Inputs(const ModelParts&)>& inputs = plain_inputs);

  /// `count` draws of z an image, weighed: each [count, N].
  struct Draws {
    Tensor log_likelihood;  ///< log p(x | z)
    Tensor log_prior;       ///< log p(z)
    Tensor log_posterior;   ///< log q(z | x)

    Tensor log_weights() const { return log_likelihood + log_prior - log_posterior; }
  };
  Draws draw(const Tensor& input, const Tensor& target, const Tensor& labels, std::int64_t count);

  /// What the networks are given; a conditional model adds the labels.
  virtual Tensor encoder_input(const Tensor& images, const Tensor& /*labels*/) { return images; }
  virtual Tensor decoder_input(const Tensor& codes, const Tensor& /*labels*/) { return codes; }

  std::int64_t latent_of(std::int64_t outputs) const override {
    return posterior_latent(covariance_, outputs);
  }

 private:
  Covariance covariance_;
};

/// x [N, ...] `times` times one after the other: [times N, ...]; an undefined x stays so.
Tensor repeat(const Tensor& x, std::int64_t times);

}  // namespace varve
