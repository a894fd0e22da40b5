#pragma once

#include "framework/losses/mmd.h"
#include "models/vae/gaussian_vae.h"

namespace varve {

struct InfoVaeConfig {
  /// With sums over pixels as they are here, lambda = 1000 at alpha = 0 costs a default run more
  /// reconstruction than its codes gain (98 nats on digits, the VAE has 87).
  double alpha = 0.5;
  double lambda = 100;
  Kernel kernel = Kernel::rbf;

  template <class V>
  void visit(V& v) {
    v("alpha", alpha, "takes alpha of the KL term away", {-1e6, 1});
    v("lambda", lambda, "weighs the discrepancy: alpha + lambda - 1", {.least = 0});
    v("kernel", kernel, "of the discrepancy");
  }
};

/// The VAE that compares the aggregate posterior with the prior:
///
///     loss = E[-log p(x | z)] + (1 - alpha) KL(q(z | x) || p(z)) + (alpha + lambda - 1) MMD(q(z),
///     p(z))
///
/// with the MMD estimated from a batch of codes and as many draws from the prior. alpha = 0,
/// lambda = 1 is the VAE; alpha = 1 leaves the KL out (the MMD-VAE). Zhao, Song and Ermon 2019
/// (arXiv:1706.02262), equation 7.
class InfoVae : public GaussianVae {
 public:
  using Config = InfoVaeConfig;
  explicit InfoVae(InfoVaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "InfoVae"; }

 private:
  double alpha_, lambda_;
  Kernel kernel_;
};

}  // namespace varve
