#pragma once

#include <memory>

#include "models/registry.h"

namespace varve {

/// The variational autoencoder, with a weight on the KL term:
///
///     loss = E_q(z|x)[-log p(x | z)] + beta KL(q(z | x) || N(0, I)),   q(z | x) = N(mu, diag
///     sigma^2)
///
/// with one z a data point, drawn by reparameterization. beta = 1: Kingma and Welling 2014
/// (arXiv:1312.6114), minus the ELBO. beta > 1: Higgins et al. 2017, beta-VAE.
class Vae : public Model {
 public:
  explicit Vae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target) override;
  Tensor encode(const Tensor& images) override { return posterior(images).mu; }
  Tensor decode(const Tensor& codes) override;
  Tensor sample_prior(std::int64_t count) override;

  /// q(z | x): two tensors of [N, latent].
  struct Posterior {
    Tensor mu, logvar;
  };
  Posterior posterior(const Tensor& images);
  /// Nats each latent dimension spends, averaged over the images: [latent].
  Tensor kl_per_dimension(const Tensor& images) override;

  std::int64_t latent_size() const override { return latent_; }
  Shape image_shape() const override { return image_; }
  const Likelihood& likelihood() const override { return *likelihood_; }
  std::vector<TunableScalar> tunable() override { return {{"beta", beta_}}; }
  std::string describe() const override { return "Vae"; }

 private:
  Shape image_;
  std::int64_t latent_;
  Tensor beta_;  ///< on the device: a schedule moves it, also in a captured step
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
};

}  // namespace varve
