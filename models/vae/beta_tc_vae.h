#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

/// The VAE that penalises the total correlation of the aggregate posterior q(z) = E_x q(z | x).
/// The KL term falls into three parts (Chen et al. 2018, arXiv:1802.04942, equation 2),
///
///     MI = E[log q(z | x) - log q(z)],   TC = E[log q(z) - sum_j log q(z_j)],
///     DW = E[sum_j log q(z_j) - log p(z)],
///
/// and loss = E[-log p(x | z)] + alpha MI + beta TC + gamma DW, computed as
/// E[-log p(x | z)] + KL + (alpha - 1) MI + (beta - 1) TC + (gamma - 1) DW, in which the closed
/// form of the KL has less variance. q(z) and q(z_j) are estimated from the batch by
/// minibatch-stratified sampling, which needs the size of the training set (ModelOptions::examples;
/// if it is not known, the batch counts as all there is).
class BetaTcVae : public GaussianVae {
 public:
  inline static const ScheduleOption beta{"beta", "weight of the total correlation", 6, {0}};
  inline static const NumberOption alpha{"alpha", "weight of the mutual information", 1, {0}};
  inline static const NumberOption gamma{"gamma", "weight of the dimension-wise KL", 1, {0}};

  explicit BetaTcVae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  std::vector<TunableScalar> tunable() override { return {{beta.name, beta_}}; }
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "BetaTcVae"; }

 private:
  double alpha_, gamma_;
  Tensor beta_;
  std::int64_t examples_;
};

}  // namespace varve
