#include "models/evaluation/likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/core/error.h"
#include "models/evaluation/codes.h"

namespace varve::evaluation {
namespace {

/// log sum exp of numbers that come one after the other, and their sum.
class RunningLogSumExp {
 public:
  void add(double x) {
    total_ += x;
    if (std::isinf(x) && x < 0) return;  // weighs nothing
    if (x <= top_) {
      sum_ += std::exp(x - top_);
    } else {
      sum_ = sum_ * std::exp(top_ - x) + 1;
      top_ = x;
    }
  }
  double value() const { return top_ + std::log(sum_); }
  double total() const { return total_; }

 private:
  double top_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
  double total_ = 0;
};

/// The weights of one batch, chunk by chunk.
std::vector<RunningLogSumExp> weigh(Model& model, const Batch& batch, std::int64_t samples,
                                    std::int64_t chunk, std::int64_t& draws) {
  const Device device = device_of(model);
  const Tensor images = Tensor::from(batch.input, device);
  const Tensor labels = Tensor::from(batch.labels, device);
  const auto count = static_cast<std::size_t>(batch.size());
  std::vector<RunningLogSumExp> sums(count);
  for (std::int64_t done = 0; done < samples; done += chunk) {
    const std::int64_t now = std::min(chunk, samples - done);
    set_noise(device, Purpose::bound, draws++);
    const Tensor weights = model.log_importance_weights(images, now, labels);
    if (!weights.defined())
      fail(ErrorKind::usage,
           "[nll] this model bounds no likelihood (its codes are points, or its prior has no "
           "density): leave elbo and nll out, or train a vae");
    const auto values = weights.to_vector<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i]))
        fail(ErrorKind::non_finite,
             "[nll] the weight of example {} is not a number: run 'varve doctor' on the run",
             batch.indices[i / static_cast<std::size_t>(now)]);
      sums[i / static_cast<std::size_t>(now)].add(values[i]);
    }
  }
  return sums;
}

}  // namespace

Bound importance_weighted_bound(Model& model, Loader& images, const BoundOptions& options) {
  if (options.samples < 1 || options.values_at_once < 1)
    fail(ErrorKind::usage, "[nll] needs at least 1 draw of z an image, got {}", options.samples);
  const Looking looking(model);
  const auto log_samples = std::log(static_cast<double>(options.samples));
  const std::int64_t all = images.dataset().size();
  const auto wanted =
      static_cast<std::size_t>(options.limit > 0 ? std::min(options.limit, all) : all);
  std::vector<double> nll;
  double elbo = 0;
  std::int64_t draws = 0;
  images.start(0);
  while (nll.size() < wanted) {
    const Batch& batch = *images.next();
    const std::int64_t each = batch.input.numel();
    const auto chunk = std::clamp<std::int64_t>(options.values_at_once / each, 1, options.samples);
    for (const auto& sum : weigh(model, batch, options.samples, chunk, draws)) {
      if (nll.size() == wanted) break;
      nll.push_back(log_samples - sum.value());
      elbo += sum.total() / static_cast<double>(options.samples);
    }
  }
  const auto n = static_cast<double>(nll.size());
  Bound bound;
  for (const double value : nll) bound.nll += value / n;
  double squares = 0;
  for (const double value : nll) squares += (value - bound.nll) * (value - bound.nll);
  bound.standard_error = n > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
  bound.negative_elbo = -elbo / n;
  bound.images = static_cast<std::int64_t>(nll.size());
  bound.samples = options.samples;
  return bound;
}

}  // namespace varve::evaluation
