#include "models/vae/factor_vae.h"

#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/losses/losses.h"
#include "framework/nn/activations.h"
#include "framework/nn/linear.h"
#include "framework/nn/sequential.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double slope = 0.2;

/// [N, latent] -> two logits: drawn from q(z), permuted.
std::unique_ptr<Module> make_discriminator(const FactorVaeConfig& config, std::int64_t latent,
                                           DType dtype) {
  auto net = std::make_unique<Sequential>();
  auto in = latent;
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    net->add<Linear>({.in = in, .out = config.width, .dtype = dtype});
    net->add<LeakyReLU>({.slope = slope});
    in = config.width;
  }
  net->add<Linear>({.in = in, .out = 2, .dtype = dtype});
  return net;
}

/// The examples of x, or of z'. A batch of one is both.
Tensor half(const Tensor& batch, bool first) {
  const std::int64_t count = batch.size(0);
  if (count == 1) return batch;
  const std::int64_t middle = (count + 1) / 2;
  return first ? batch.slice(0, 0, middle) : batch.slice(0, middle, count);
}

Tensor cross_entropy_with(const Tensor& logits, std::int64_t label) {
  return -batch_mean(log_softmax(logits).select(1, label));
}

}  // namespace

Tensor permuted_dimensions(const Tensor& z) {
  // The rank of each of N uniform numbers among them: a random permutation.
  const Tensor u = rand(z.shape(), z.dtype(), z.device());
  const Tensor below = cast(less(u.unsqueeze(0), u.unsqueeze(1)), z.dtype());
  return gather(z, cast(sum(below, {1}), DType::i32), 0);
}

FactorVae::FactorVae(FactorVaeConfig config, ModelParts parts)
    : GaussianVae(std::move(parts)),
      gamma_(checked(config).gamma),
      rate_(config.rate),
      discriminator_(make_discriminator(config, latent_size(), dtype())) {
  child("discriminator", *discriminator_);
}

Terms FactorVae::loss(const Tensor& input, const Tensor& target, const Tensor&) {
  const bool whole = !is_training();
  const Posterior q = posterior(whole ? input : half(input, true));
  const Tensor z = q.sample();
  const Tensor reconstruction =
      batch_mean(negative_log_likelihood(z, whole ? target : half(target, true)));
  const Tensor kl = batch_mean(q.kl());
  const Tensor logits = (*discriminator_)(z);
  const Tensor tc = batch_mean(logits.select(1, 0) - logits.select(1, 1));
  return {{"loss", reconstruction + kl + gamma_ * tc},
          {"reconstruction", reconstruction},
          {"kl", kl},
          {"total_correlation", tc}};
}

std::optional<Model::Adversary> FactorVae::adversary() {
  return Adversary{discriminator_.get(), {.learning_rate = rate_, .beta1 = 0.5, .beta2 = 0.9}};
}

Terms FactorVae::adversary_loss(const Tensor& input, const Tensor&, const Tensor&) {
  const auto codes = [&](bool first) {
    const NoGrad guard;
    return posterior(half(input, first)).sample();
  };
  const Tensor drawn = (*discriminator_)(codes(true));
  const Tensor permuted = (*discriminator_)(permuted_dimensions(codes(false)));
  const Tensor loss = 0.5 * (cross_entropy_with(drawn, 0) + cross_entropy_with(permuted, 1));
  return {{"discriminator", loss}};
}

}  // namespace varve
