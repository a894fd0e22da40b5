#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

struct BetaTcVaeConfig {
  Schedule beta = 6;
  double alpha = 1;
  double gamma = 1;

  template <class V>
  void visit(V& v) {
    v("beta", beta, "weight of the total correlation", {.least = 0});
    v("alpha", alpha, "weight of the mutual information", {.least = 0});
    v("gamma", gamma, "weight of the dimension-wise KL", {.least = 0});
  }
};

/// The VAE that penalises the total correlation of the aggregate posterior q(z) = E_x q(z | x).
/// The KL term falls into three parts (Chen et al. 2018, arXiv:1802.04942, equation 2),
///
///     MI = E[log q(z | x) - log q(z)],   TC = E[log q(z) - sum_j log q(z_j)],
///     DW = E[sum_j log q(z_j) - log p(z)],
///
/// and loss = E[-log p(x | z)] + alpha MI + beta TC + gamma DW, computed as
/// E[-log p(x | z)] + KL + (alpha - 1) MI + (beta - 1) TC + (gamma - 1) DW, in which the closed
/// form of the KL has less variance. q(z) and q(z_j) are estimated from the batch by
/// minibatch-stratified sampling, which needs the size of the training set (ModelParts::examples;
/// if it is not known, the batch counts as all there is).
class BetaTcVae : public GaussianVae {
 public:
  using Config = BetaTcVaeConfig;
  explicit BetaTcVae(BetaTcVaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "BetaTcVae"; }

 private:
  double alpha_, gamma_;
  Tensor beta_;
};

}  // namespace varve
