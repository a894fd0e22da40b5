#pragma once

#include <memory>

#include "models/registry.h"

namespace varve {

/// The plain autoencoder: -log p(x | decode(encode(x))), and nothing that shapes the codes.
/// Hinton and Salakhutdinov 2006. One that overrides corrupt() sees corrupt(x) and is to produce x:
///
///     loss = -log p(x | decode(encode(corrupt(x))))
class Autoencoder : public Model {
 public:
  explicit Autoencoder(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  Tensor encode(const Tensor& images, const Tensor& labels) override;
  Tensor decode(const Tensor& codes, const Tensor& labels) override;
  PriorKind prior() const override { return PriorKind::none; }
  Tensor sample_prior(std::int64_t count) override;

  std::int64_t latent_size() const override { return latent_; }
  Shape image_shape() const override { return image_; }
  const Likelihood& likelihood() const override { return *likelihood_; }
  std::string describe() const override { return "Autoencoder"; }

 protected:
  /// -log p(x | z): [N].
  Tensor negative_log_likelihood(const Tensor& codes, const Tensor& images);
  Device device() const { return device_; }
  DType dtype() const { return dtype_; }

 private:
  Device device_;
  DType dtype_;
  Shape image_;
  std::int64_t latent_;
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
};

}  // namespace varve
