#include "models/vq/quantizer.h"

#include <fmt/format.h>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/nn/init.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double epsilon = 1e-5;

}  // namespace

VectorQuantizer::VectorQuantizer(QuantizerConfig config) : config_(config) {
  const auto [codes, features, decay, restart, dtype] = config;
  if (codes < 2 || features < 1 || !(decay >= 0 && decay < 1) || !(restart >= 0 && restart < 1))
    fail(ErrorKind::usage,
         "[quantizer] codes {}, features {}, decay {}, restart {}: needed at least 2, at least 1, "
         "and numbers from 0 to less than 1",
         codes, features, decay, restart);
  codebook_ = buffer("codebook", Tensor::zeros({codes, features}, dtype));
  const double bound = 1.0 / static_cast<double>(codes);
  init::uniform(codebook_, -bound, bound);
  counts_ = buffer("counts", Tensor::ones({codes}, dtype));
  sums_ = buffer("sums", codebook_.clone());
}

Tensor VectorQuantizer::nearest(const Tensor& z) const {
  const NoGrad guard;
  // |z - e|^2 without |z|^2, which is the same for every code.
  const Tensor closeness =
      2 * matmul(z, codebook_.transpose()) - sum(square(codebook_), {1}).unsqueeze(0);
  return cast(argmax(closeness, 1), DType::i32);
}

Tensor VectorQuantizer::lookup(const Tensor& numbers) const { return take(codebook_, numbers); }

Tensor VectorQuantizer::log_frequencies() const { return log(counts_ / sum(counts_)); }

VectorQuantizer::Result VectorQuantizer::operator()(const Tensor& z) {
  const Tensor numbers = nearest(z);
  const Tensor codes = lookup(numbers);
  const Tensor chosen = one_hot(numbers, config_.codes, z.dtype());
  const Tensor p = mean(chosen, {0});
  const Tensor tiny = Tensor::full({}, 1e-30, p.dtype(), p.device());
  const Tensor perplexity = exp(-sum(p * log(maximum(p, tiny))));
  if (is_training()) update(z.detach(), chosen);
  return {z + (codes - z).detach(), sum(square(z - codes), {1}), perplexity};
}

void VectorQuantizer::update(const Tensor& z, const Tensor& chosen) {
  const NoGrad guard;
  const auto codes = static_cast<double>(config_.codes);
  const double newest = 1 - config_.decay;
  Tensor counts = config_.decay * counts_ + newest * sum(chosen, {0});
  Tensor sums = config_.decay * sums_ + newest * matmul(chosen.transpose(), z);
  if (config_.restart > 0) {
    const Tensor average = mean(counts);
    const Tensor dead = less(counts, config_.restart * average);
    const auto rows = static_cast<double>(z.size(0));
    const Tensor drawn = cast(rand({config_.codes}, z.dtype(), z.device()) * rows, DType::i32);
    sums = where(dead.unsqueeze(1), take(z, drawn) * average, sums);
    counts = where(dead, average.expand(counts.shape()), counts);
  }
  const Tensor total = sum(counts);
  const Tensor smoothed = (counts + epsilon) / (total + codes * epsilon) * total;
  counts_.assign(counts);
  sums_.assign(sums);
  codebook_.assign(sums / smoothed.unsqueeze(1));
}

std::string VectorQuantizer::describe() const {
  return fmt::format("VectorQuantizer({} x {})", config_.codes, config_.features);
}

}  // namespace varve
