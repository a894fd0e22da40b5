#pragma once

#include "models/vae/gaussian_vae.h"

namespace varve {

struct CapacityVaeConfig {
  /// The paper's 1000 is for some 300,000 steps: in the thousand of a default run it leaves nothing
  /// for the reconstruction (140 nats on digits, where 10 gives 94), and 10 holds the KL term at C.
  double gamma = 10;
  /// C rises over a third of the run, as in the paper.
  Schedule capacity = Schedule::parse("linear:0:25:33%");

  template <class V>
  void visit(V& v) {
    v("gamma", gamma, "weight of |KL - C|", {.least = 0});
    v("capacity", capacity, "C, the nats that a code may hold", {.least = 0});
  }
};

/// The beta-VAE of controlled capacity:
///
///     loss = E_q(z|x)[-log p(x | z)] + gamma |KL - C|,   KL = mean over the batch of KL(q || N(0,
///     I))
///
/// C, in nats, rises during training: the absolute value is of the batch's mean, not of each
/// example. Burgess et al. 2018 (arXiv:1804.03599), equation 8.
class CapacityVae : public GaussianVae {
 public:
  using Config = CapacityVaeConfig;
  explicit CapacityVae(CapacityVaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  std::string describe() const override { return "CapacityVae"; }

 private:
  double gamma_;
  Tensor capacity_;
};

}  // namespace varve
