#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

/// The VAE that wants codes of covariance I:
///
///     loss = E[-log p(x | z)] + KL + l_od sum_(i != j) C_ij^2 + l_d sum_i (C_ii - 1)^2
///
/// with C = Cov(mu(x)) over the batch (DIP-VAE-I) or C = E[Sigma(x)] + Cov(mu(x)), the covariance
/// of the aggregate posterior (DIP-VAE-II). Kumar, Sattigeri and Balakrishnan 2018
/// (arXiv:1711.00848), equations 6 and 7.
class DipVae : public GaussianVae {
 public:
  inline static const ChoiceOption variant{
      "variant", "covariance of the means (i) or of the aggregate posterior (ii)", {"i", "ii"}};
  inline static const NumberOption off_diagonal{"lambda-od", "weight of the covariances", 10, {0}};
  inline static const NumberOption diagonal{
      "lambda-d", "weight of the variances; -1: 10 lambda-od (i), lambda-od (ii)", -1, {-1}};

  explicit DipVae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "DipVae"; }

 private:
  bool of_aggregate_;
  double off_diagonal_, diagonal_;
};

/// The biased (1 / N) covariance of the rows of x over the batch: [N, d] -> [d, d].
Tensor batch_covariance(const Tensor& x);

}  // namespace varve
