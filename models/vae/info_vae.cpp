#include "models/vae/info_vae.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

InfoVae::InfoVae(InfoVaeConfig config, ModelParts parts)
    : GaussianVae(std::move(parts)),
      alpha_(checked(config).alpha),
      lambda_(config.lambda),
      kernel_(config.kernel) {
  if (alpha_ + lambda_ < 1)
    fail(ErrorKind::usage,
         "[info-vae] --alpha {} and --lambda {} reward a discrepancy: their sum must be at least 1",
         alpha_, lambda_);
}

Terms InfoVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const Posterior q = posterior(input);
  const Tensor z = q.sample();
  const Tensor reconstruction = batch_mean(negative_log_likelihood(z, target));
  const Tensor kl = batch_mean(q.kl());
  const Tensor discrepancy = mmd(kernel_, z, randn(z.shape(), z.dtype(), z.device()));
  return {{"loss", reconstruction + (1 - alpha_) * kl + (alpha_ + lambda_ - 1) * discrepancy},
          {"reconstruction", reconstruction},
          {"kl", kl},
          {"mmd", discrepancy}};
}

}  // namespace varve
