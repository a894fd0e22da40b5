#include "models/autoencoder/wae.h"

#include <utility>

#include "framework/distributions/normal.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {

WaeMmd::WaeMmd(WaeMmdConfig config, ModelParts parts)
    : Autoencoder(std::move(parts)), config_(checked(config)) {}

Terms WaeMmd::loss(const Tensor& input, const Tensor& target, const Tensor& labels) {
  const Tensor z = encode(input, labels);
  const Tensor reconstruction = batch_mean(negative_log_likelihood(z, target));
  const Tensor discrepancy = mmd(config_.kernel, z, randn(z.shape(), z.dtype(), z.device()));
  return {{"loss", reconstruction + config_.lambda * discrepancy},
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
