#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

enum class DipVariant : std::uint8_t { i, ii };
inline std::span<const std::string_view> words_of(DipVariant) {
  static constexpr std::array<std::string_view, 2> words{"i", "ii"};
  return words;
}

struct DipVaeConfig {
  DipVariant variant = DipVariant::i;
  double off_diagonal = 10;
  double diagonal = -1;

  template <class V>
  void visit(V& v) {
    v("variant", variant, "covariance of the means (i) or of the aggregate posterior (ii)");
    v("lambda-od", off_diagonal, "weight of the covariances", {.least = 0});
    v("lambda-d", diagonal, "weight of the variances; -1: 10 lambda-od (i), lambda-od (ii)",
      {.least = -1});
  }
};

/// The VAE that wants codes of covariance I:
///
///     loss = E[-log p(x | z)] + KL + l_od sum_(i != j) C_ij^2 + l_d sum_i (C_ii - 1)^2
///
/// with C = Cov(mu(x)) over the batch (DIP-VAE-I) or C = E[Sigma(x)] + Cov(mu(x)), the covariance
/// of the aggregate posterior (DIP-VAE-II). Kumar, Sattigeri and Balakrishnan 2018
/// (arXiv:1711.00848), equations 6 and 7.
class DipVae : public GaussianVae {
 public:
  using Config = DipVaeConfig;
  explicit DipVae(DipVaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "DipVae"; }

 private:
  bool of_aggregate_;
  double off_diagonal_, diagonal_;
};

/// The biased (1 / N) covariance of the rows of x over the batch: [N, d] -> [d, d].
Tensor batch_covariance(const Tensor& x);

}  // namespace varve
