#include "models/autoencoder/wae.h"

#include "framework/distributions/normal.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

WaeMmd::WaeMmd(const ModelOptions& options)
    : Autoencoder(options), lambda_(options[lambda]), kernel_(parse_kernel(options[kernel])) {}

Terms WaeMmd::loss(const Tensor& input, const Tensor& target, const Tensor& labels) {
  const Tensor z = encode(input, labels);
  const Tensor reconstruction = batch_mean(negative_log_likelihood(z, target));
  const Tensor discrepancy = mmd(kernel_, z, randn(z.shape(), z.dtype(), z.device()));
  return {{"loss", reconstruction + lambda_ * discrepancy},
          {"reconstruction", reconstruction},
          {"mmd", discrepancy}};
}

Tensor WaeMmd::sample_prior(std::int64_t count) {
  return randn({count, latent_size()}, dtype(), device());
}

Tensor WaeMmd::log_prior(const Tensor& codes) {
  return sum_per_example(
      Normal::standard(codes.shape(), codes.dtype(), codes.device()).log_prob(codes));
}

}  // namespace varve
