#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

struct FactorVaeConfig {
  double gamma = 35;
  std::int64_t layers = 6;
  std::int64_t width = 1000;
  double rate = 1e-4;

  template <class V>
  void visit(V& v) {
    v("gamma", gamma, "weight of the total correlation", {.least = 0});
    v("discriminator-layers", layers, "hidden layers of the discriminator");
    v("discriminator-width", width, "units of each of its hidden layers");
    v("discriminator-lr", rate, "learning rate of its Adam (0.5, 0.9)", {.least = 0});
  }
};

/// The VAE that penalises the total correlation by an adversary:
///
///     loss = E[-log p(x | z)] + KL + gamma E[log D(z) / (1 - D(z))]
///
/// A discriminator D tells codes z ~ q(z) from codes whose dimensions were permuted over the batch,
/// each for itself, as if drawn from prod_j q(z_j); its log ratio, the difference of its two
/// logits, estimates the total correlation, which may come out below 0. D minimises 1/2 (CE(D(z),
/// 0) + CE(D(permuted z'), 1)) with an Adam of its own. Kim and Mnih 2018 (arXiv:1802.05983),
/// algorithm 2. The paper draws two batches a step; here the first half of the training batch is x
/// and the second half gives z'.
class FactorVae : public GaussianVae {
 public:
  using Config = FactorVaeConfig;
  explicit FactorVae(FactorVaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::optional<Adversary> adversary() override;
  Terms adversary_loss(const Tensor& input, const Tensor& target,
                       const Tensor& labels = {}) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "FactorVae"; }

 private:
  double gamma_, rate_;
  std::unique_ptr<Module> discriminator_;
};

/// Every column of z [N, d] in a random order of its own.
Tensor permuted_dimensions(const Tensor& z);

}  // namespace varve
