#pragma once

#include <memory>

#include "models/registry.h"
#include "models/vae/posterior.h"

namespace varve {

/// What the variational autoencoders with Gaussian codes share: an encoder that gives q(z | x), a
/// decoder and a likelihood that give p(x | z), and the prior N(0, I). A model adds its loss().
class GaussianVae : public Model {
 public:
  Tensor encode(const Tensor& images, const Tensor& labels) override;
  Tensor decode(const Tensor& codes, const Tensor& labels) override;
  Tensor sample_posterior(const Tensor& images, const Tensor& labels) override;
  Moments posterior_moments(const Tensor& images, const Tensor& labels) override;
  Tensor kl_per_dimension(const Tensor& images, const Tensor& labels) override;
  Tensor log_importance_weights(const Tensor& images, std::int64_t samples,
                                const Tensor& labels) override;

  PriorKind prior() const override { return PriorKind::standard_normal; }
  Tensor sample_prior(std::int64_t count) override;
  Tensor log_prior(const Tensor& codes) override;

  /// q(z | x).
  Posterior posterior(const Tensor& images, const Tensor& labels = {});
  /// -log p(x | z): codes [N, latent], images [N, H, W, C] -> [N].
  Tensor negative_log_likelihood(const Tensor& codes, const Tensor& images,
                                 const Tensor& labels = {});

  std::int64_t latent_size() const override { return latent_; }
  Shape image_shape() const override { return image_; }
  const Likelihood& likelihood() const override { return *likelihood_; }

 protected:
  /// What goes into the networks.
  struct Inputs {
    Shape image;        ///< of the encoder: [H, W, C]
    std::int64_t code;  ///< of the decoder
  };
  explicit GaussianVae(const ModelOptions& options, Covariance covariance = Covariance::diagonal);
  GaussianVae(const ModelOptions& options, Covariance covariance, const Inputs& inputs);

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

  Device device() const { return device_; }
  DType dtype() const { return dtype_; }

 private:
  Device device_;
  DType dtype_;
  Shape image_;
  std::int64_t latent_;
  Covariance covariance_;
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
};

/// x [N, ...] `times` times one after the other: [times N, ...]; an undefined x stays so.
Tensor repeat(const Tensor& x, std::int64_t times);

}  // namespace varve
