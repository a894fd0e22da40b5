#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

struct IwaeConfig {
  std::int64_t samples = 5;

  template <class V>
  void visit(V& v) {
    v("samples", samples, "k, draws of z an image");
  }
};

/// The importance-weighted autoencoder: a VAE trained on a tighter bound,
///
///     loss = -E[log 1/k sum_i w_i],   w_i = p(x | z_i) p(z_i) / q(z_i | x),   z_1 ... z_k ~ q(z |
///     x)
///
/// Burda, Grosse and Salakhutdinov 2016 (arXiv:1509.00519), equation 8. The gradient is that of the
/// bound itself, in which draw i counts by its normalised weight. The parts, reconstruction and KL,
/// are those of the ordinary bound (k = 1).
class Iwae : public GaussianVae {
 public:
  using Config = IwaeConfig;
  explicit Iwae(IwaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::string describe() const override { return "Iwae"; }

 private:
  std::int64_t samples_;
};

}  // namespace varve
