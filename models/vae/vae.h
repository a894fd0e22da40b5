#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

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
  inline static const ScheduleOption beta{"beta", "weight of the KL term", 1, {.least = 0}};
  inline static const ChoiceOption covariance{
      "posterior", "covariance of q(z | x)", {"diagonal", "isotropic", "full"}};
  inline static const CountOption samples{"samples", "draws of z an image", 1};
  inline static const NumberOption reconstruction_weight{
      "reconstruction-weight", "weight of the reconstruction; 0: the KL term alone", 1, {0}};
  inline static const NumberOption free_bits{
      "free-bits",
      "nats that each dimension may spend for nothing; not with a full covariance",
      0,
      {0}};
  static std::vector<ModelOption> options(double default_beta);

  explicit Vae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  std::vector<TunableScalar> tunable() override { return {{beta.name, beta_}}; }
  std::string describe() const override { return "Vae"; }

 protected:
  Vae(const ModelOptions& options, const Inputs& inputs);

 private:
  Tensor reconstruction(const Posterior& q, const Tensor& target, const Tensor& labels);
  Tensor above_free_bits(const Posterior& q) const;

  Tensor beta_;  ///< on the device: a schedule moves it, also in a captured step
  std::int64_t samples_;
  double reconstruction_weight_, free_bits_;
};

}  // namespace varve
