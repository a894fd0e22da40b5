#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

/// The beta-VAE of controlled capacity:
///
///     loss = E_q(z|x)[-log p(x | z)] + gamma |KL - C|,   KL = mean over the batch of KL(q || N(0,
///     I))
///
/// C, in nats, rises during training: the absolute value is of the batch's mean, not of each
/// example. Burgess et al. 2018 (arXiv:1804.03599), equation 8.
class CapacityVae : public GaussianVae {
 public:
  /// The paper's 1000 is for some 300,000 steps: in the thousand of a default run it leaves nothing
  /// for the reconstruction (140 nats on digits, where 10 gives 94), and 10 holds the KL term at C.
  inline static const NumberOption gamma{"gamma", "weight of |KL - C|", 10, {0}};
  /// C rises over a third of the run, as in the paper.
  inline static const ScheduleOption capacity{
      "capacity", "C, the nats that a code may hold", "linear:0:25:33%", {0}};

  explicit CapacityVae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  std::vector<TunableScalar> tunable() override { return {{capacity.name, capacity_}}; }
  std::string describe() const override { return "CapacityVae"; }

 private:
  double gamma_;
  Tensor capacity_;
};

}  // namespace varve
