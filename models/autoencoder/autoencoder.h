#pragma once

#include <memory>

#include "models/registry.h"

namespace varve {

/// The plain autoencoder: -log p(x | decode(encode(x))), and nothing that shapes the codes.
/// Hinton and Salakhutdinov 2006.
class Autoencoder : public Model {
 public:
  explicit Autoencoder(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target) override;
  Tensor encode(const Tensor& images) override { return (*encoder_)(images); }
  Tensor decode(const Tensor& codes) override;
  Tensor sample_prior(std::int64_t count) override;

  std::int64_t latent_size() const override { return latent_; }
  Shape image_shape() const override { return image_; }
  const Likelihood& likelihood() const override { return *likelihood_; }
  std::string describe() const override { return "Autoencoder"; }

 private:
  Shape image_;
  std::int64_t latent_;
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
};

}  // namespace varve
