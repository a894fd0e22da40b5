#include "models/vae/info_vae.h"

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

InfoVae::InfoVae(const ModelOptions& options)
    : GaussianVae(options),
      alpha_(options[alpha]),
      lambda_(options[lambda]),
      kernel_(parse_kernel(options[kernel])) {
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
