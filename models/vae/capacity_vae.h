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
  inline static const NumberOption gamma{"gamma", "weight of |KL - C|", 1000, {0}};
  inline static const ScheduleOption capacity{
      "capacity", "C, the nats that a code may hold", Schedule::linear(0, 25, 100000), {0}};

  explicit CapacityVae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  std::vector<TunableScalar> tunable() override { return {{capacity.name, capacity_}}; }
  std::string describe() const override { return "CapacityVae"; }

 private:
  double gamma_;
  Tensor capacity_;
};

}  // namespace varve
