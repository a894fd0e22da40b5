#pragma once

#include "models/vae/gaussian_vae.h"
#include "models/vae/mixture.h"

namespace varve {

/// What the VAEs whose prior is a trained mixture of Gaussians share:
///
///     loss = E_q(z|x)[-log p(x | z) + beta (log q(z | x) - log p(z))]
///
/// with one z an image: such a KL term has no closed form.
class LearnedPriorVae : public GaussianVae {
 public:
  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  PriorKind prior() const override { return PriorKind::learned; }
  Tensor sample_prior(std::int64_t count) override;
  Tensor log_prior(const Tensor& codes) override { return mixture().log_prob(codes); }

  /// p(z).
  virtual GaussianMixture mixture() = 0;

 protected:
  LearnedPriorVae(const Schedule& beta, ModelParts parts);

 private:
  Tensor beta_;
};

struct MixturePriorConfig {
  Schedule beta = 1;
  std::int64_t components = 10;

  template <class V>
  void visit(V& v) {
    v("beta", beta, "weight of the KL term", {.least = 0});
    v("components", components, "Gaussians in the prior");
  }
};

/// p(z) is a mixture whose means, variances and weights are parameters. Its components start at
/// random places with variance 1.
class MixturePriorVae : public LearnedPriorVae {
 public:
  using Config = MixturePriorConfig;
  explicit MixturePriorVae(MixturePriorConfig config = {}, ModelParts parts = {});

  GaussianMixture mixture() override;
  std::string describe() const override { return "MixturePriorVae"; }

 private:
  Tensor mean_, logvar_, logits_;
};

struct VampPriorConfig {
  Schedule beta = 1;
  std::int64_t inputs = 500;

  template <class V>
  void visit(V& v) {
    v("beta", beta, "weight of the KL term", {.least = 0});
    v("pseudo-inputs", inputs, "K, trained images behind the prior");
  }
};

/// The "variational mixture of posteriors": p(z) = 1/K sum_k q(z | u_k), the mean of the posteriors
/// of K trained pseudo-inputs u_k, images that start as noise. They are a sigmoid of parameters if
/// the likelihood wants data in [0, 1]. Tomczak and Welling 2018 (arXiv:1705.07120), equation 9.
class VampPriorVae : public LearnedPriorVae {
 public:
  using Config = VampPriorConfig;
  explicit VampPriorVae(VampPriorConfig config = {}, ModelParts parts = {});

  GaussianMixture mixture() override;
  /// [K, example...].
  Tensor pseudo_inputs() const;
  std::string describe() const override { return "VampPriorVae"; }

 private:
  bool bounded_;  ///< images in [0, 1]
  Tensor raw_;
};

}  // namespace varve
