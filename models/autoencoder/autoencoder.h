#pragma once

#include "models/coded_model.h"
#include "models/config.h"

namespace varve {

/// The plain autoencoder: -log p(x | decode(encode(x))), and nothing that shapes the codes.
/// Hinton and Salakhutdinov 2006. One that overrides corrupt() sees corrupt(x) and is to produce x:
///
///     loss = -log p(x | decode(encode(corrupt(x))))
class Autoencoder : public CodedModel {
 public:
  using Config = NoConfig;
  explicit Autoencoder(Config config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  Tensor encode(const Tensor& images, const Tensor& labels = {}) override;
  Tensor decode(const Tensor& codes, const Tensor& labels = {}) override;
  PriorKind prior() const override { return PriorKind::none; }
  Tensor sample_prior(std::int64_t count) override;

  std::string describe() const override { return "Autoencoder"; }

 protected:
  explicit Autoencoder(ModelParts parts);

  /// -log p(x | z): [N].
  Tensor negative_log_likelihood(const Tensor& codes, const Tensor& images);
  std::int64_t latent_of(std::int64_t outputs) const override { return outputs; }
};

}  // namespace varve
