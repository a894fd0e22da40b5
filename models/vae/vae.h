#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

struct VaeConfig {
  Schedule beta = 1;
  Covariance posterior = Covariance::diagonal;
  std::int64_t samples = 1;
  double reconstruction_weight = 1;
  double free_bits = 0;

  template <class V>
  void visit(V& v) {
    v("beta", beta, "weight of the KL term", {.least = 0});
    v("posterior", posterior, "covariance of q(z | x)");
    v("samples", samples, "draws of z an image");
    v("reconstruction-weight", reconstruction_weight,
      "weight of the reconstruction; 0: the KL term alone", {.least = 0});
    v("free-bits", free_bits,
      "nats that each dimension may spend for nothing; not with a full covariance", {.least = 0});
  }
};

/// The variational autoencoder, with a weight on the KL term:
///
///     loss = r E_q(z|x)[-log p(x | z)] + beta KL(q(z | x) || N(0, I))
///
/// The expectation is estimated by `samples` draws of z. beta = r = 1: Kingma and Welling 2014
/// (arXiv:1312.6114), minus the ELBO. beta > 1: Higgins et al. 2017, beta-VAE. beta = 0: the
/// reconstruction alone; r = 0: the KL term alone. Free bits (Kingma et al. 2016, appendix C.8) put
/// sum_j max(lambda, mean KL_j) in the place of the KL term: a dimension that spends less than
/// lambda nats is not pressed further.
class Vae : public GaussianVae {
 public:
  using Config = VaeConfig;
  explicit Vae(VaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::string describe() const override { return "Vae"; }

 protected:
  Vae(VaeConfig config, ModelParts parts, const std::function<Inputs(const ModelParts&)>& inputs);

 private:
  Tensor reconstruction(const Posterior& q, const Tensor& target, const Tensor& labels);
  Tensor above_free_bits(const Posterior& q) const;

  VaeConfig config_;
  Tensor beta_;  ///< on the device: a schedule moves it, also in a captured step
};

}  // namespace varve
