#include "framework/losses/likelihood.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/distributions/continuous.h"
#include "framework/distributions/discrete.h"
#include "framework/distributions/normal.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

Tensor apply_link(Link link, const Tensor& params) {
  return link == Link::sigmoid ? sigmoid(params) : params;
}

double positive_scale(const LikelihoodOptions& options, const char* where) {
  if (!(options.scale >= 1e-15 && options.scale <= 1e15))
    fail(
        ErrorKind::usage,
        "[{}] scale = {}: it must be a positive number, from 1e-15 to 1e15, whose square f32 holds",
        where, options.scale);
  return options.scale;
}

/// Softly kept above -6: -6 + softplus(x + 6). Rybkin et al. 2021.
Tensor soft_clip(const Tensor& log_sigma) { return softplus(log_sigma + 6) - 6; }

/// The first value that is outside or not a number, or nullptr.
template <class T>
const T* find_outside(const Array& data, const Likelihood::Range& range) {
  const auto values = data.as<T>();
  const auto found = std::find_if(values.begin(), values.end(), [&](T value) {
    const auto v = static_cast<double>(value);
    return !(v >= range.low && v <= range.high && std::isfinite(v));
  });
  return found == values.end() ? nullptr : &*found;
}

}  // namespace

void Likelihood::check(const Array& data, std::string_view source) const {
  const auto report = [&](const auto* value) {
    if (!value) return;
    const auto v = static_cast<double>(*value);
    if (!std::isfinite(v))
      fail(ErrorKind::input, "[{}] {} holds {}: remove what is not a number from the data", name(),
           source, v);
    fail(ErrorKind::input,
         "[{}] {} holds {}, and this likelihood needs values in [{}, {}]: scale the data, or take "
         "the likelihood 'gaussian'",
         name(), source, v, range().low, range().high);
  };
  switch (data.dtype) {
    case DType::f32:
      return report(find_outside<float>(data, range()));
    case DType::f64:
      return report(find_outside<double>(data, range()));
    case DType::u8:
      return report(find_outside<std::uint8_t>(data, range()));
    case DType::i32:
      return report(find_outside<std::int32_t>(data, range()));
    case DType::i64:
      return report(find_outside<std::int64_t>(data, range()));
    case DType::boolean:
      return;
  }
}

std::pair<Tensor, Tensor> Likelihood::checked(const Tensor& params, const Tensor& x) const {
  const auto [outputs, values] = floating_arguments(params, x, name());
  require_same_shape(params, x, name());
  const auto [low, high] = range();
  const bool bounded = std::isfinite(low) || std::isfinite(high);
  if (!bounded || is_recording(values.device())) return {outputs, values};
  const auto is_in_range = [&data = values, low = low, high = high] {
    return is_within(data, low, high);
  };
  return {outputs,
          validated(values, is_in_range, Validate::values, name(), "a value of the data",
                    fmt::format("a number in [{}, {}] (or the likelihood 'gaussian')", low, high))};
}

// Bernoulli.

Tensor BernoulliLikelihood::negative_log_likelihood(const Tensor& logits, const Tensor& x) {
  const auto [l, values] = checked(logits, x);
  return sum_per_example(bce_with_logits(l, values));
}

Tensor BernoulliLikelihood::mean(const Tensor& logits) { return Bernoulli(logits).mean(); }
Tensor BernoulliLikelihood::sample(const Tensor& logits) { return Bernoulli(logits).sample(); }

// Continuous Bernoulli. The paper writes log C with lambda = sigmoid(l): 2 atanh(1 - 2 lambda) =
// -l and 1 - 2 lambda = -tanh(l / 2), so C = l / tanh(l / 2). Where l is small the closed forms
// divide 0 by 0, and their gradients cancel; there a series stands in.

namespace {

struct NearZero {
  Tensor is;     ///< bool
  Tensor small;  ///< l, or 0 where l is not small
  Tensor large;  ///< l, or 1 where l is small: the unused branch and its gradient stay finite
};

NearZero near_zero(const Tensor& logits) {
  const auto number = [&](double x) {
    return Tensor::full({}, x, logits.dtype(), logits.device());
  };
  const Tensor is = less(abs(logits), number(0.25));
  return {is, where(is, logits, number(0)), where(is, number(1), logits)};
}

}  // namespace

Tensor continuous_bernoulli_log_normalizer(const Tensor& logits) {
  const auto [near, small, large] = near_zero(logits);
  const Tensor closed = log(large / tanh(0.5 * large));
  const Tensor s = square(small);
  const Tensor series =
      s * (1.0 / 12 -
           s * (7.0 / 1440 - s * (31.0 / 90720 - s * (127.0 / 4838400 - s * (73.0 / 34214400))))) +
      std::numbers::ln2;
  return where(near, series, closed);
}

Tensor ContinuousBernoulliLikelihood::negative_log_likelihood(const Tensor& logits,
                                                              const Tensor& x) {
  const auto [l, values] = checked(logits, x);
  return sum_per_example(bce_with_logits(l, values) - continuous_bernoulli_log_normalizer(l));
}

Tensor ContinuousBernoulliLikelihood::mean(const Tensor& logits) {
  const auto [near, small, large] = near_zero(logits);
  const Tensor closed = 0.5 + 0.5 / tanh(0.5 * large) - 1 / large;
  const Tensor s = square(small);
  const Tensor series =
      0.5 + small * (1.0 / 12 - s * (1.0 / 720 - s * (1.0 / 30240 - s * (1.0 / 1209600))));
  return where(near, series, closed);
}

Tensor ContinuousBernoulliLikelihood::sample(const Tensor& logits) {
  // The inverse of the distribution function, log(1 + u (e^l - 1)) / l, for -|l|, where nothing
  // overflows; x of -l is 1 - x of l. At l = 0 it is u.
  const NoGrad guard;
  const Tensor u = rand(logits.shape(), logits.dtype(), logits.device());
  const Tensor tiny = Tensor::full({}, 1e-3, logits.dtype(), logits.device());
  const Tensor flat = less(abs(logits), tiny);
  const Tensor l = where(flat, -tiny, -abs(logits));
  const Tensor x = clamp(log1p(u * (exp(l) - 1)) / l, 0, 1);
  const Tensor turned = where(less(logits, tiny), x, 1 - x);
  return where(flat, u, turned);
}

// Gaussians.

Tensor GaussianLikelihood::negative_log_likelihood(const Tensor& params, const Tensor& x) {
  const auto [outputs, values] = checked(params, x);
  const Tensor error = square(values - mean(outputs));
  const Tensor log_sigma = log_sigma_for(error);
  const auto count = static_cast<double>(x.numel() / std::max<std::int64_t>(x.size(0), 1));
  const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  return sum_per_example(error) * (0.5 * exp(-2 * log_sigma)) +
         count * (log_sigma + half_log_two_pi);
}

Tensor GaussianLikelihood::mean(const Tensor& params) { return apply_link(link_, params); }

Tensor GaussianLikelihood::sample(const Tensor& params) {
  const NoGrad guard;
  const Tensor sigma_log = cast(log_sigma(), params.dtype()).to(params.device());
  return Normal::from_logvar(mean(params), 2 * sigma_log).sample();
}

Likelihood::Range GaussianLikelihood::range() const { return {-unbounded, unbounded}; }

Tensor GaussianLikelihood::log_sigma_for(const Tensor&) { return log_sigma(); }

FixedGaussianLikelihood::FixedGaussianLikelihood(LikelihoodOptions options)
    : GaussianLikelihood(options.link), sigma_(positive_scale(options, "gaussian")) {}

Tensor FixedGaussianLikelihood::log_sigma() const { return Tensor::scalar(std::log(sigma_)); }

Tensor FixedGaussianLikelihood::log_sigma_for(const Tensor& squared_error) {
  return Tensor::scalar(std::log(sigma_), squared_error.dtype(), squared_error.device());
}

std::string FixedGaussianLikelihood::describe() const {
  return fmt::format("Gaussian(sigma {})", sigma_);
}

LearnedSigmaLikelihood::LearnedSigmaLikelihood(LikelihoodOptions options)
    : GaussianLikelihood(options.link),
      log_sigma_(parameter("log_sigma",
                           Tensor::scalar(std::log(positive_scale(options, "learned-sigma"))))) {}

Tensor LearnedSigmaLikelihood::log_sigma() const { return soft_clip(log_sigma_); }

OptimalSigmaLikelihood::OptimalSigmaLikelihood(LikelihoodOptions options)
    : GaussianLikelihood(options.link), variance_(buffer("variance", Tensor::ones({}))) {}

Tensor OptimalSigmaLikelihood::log_sigma() const { return log_sigma_of(variance_); }

Tensor OptimalSigmaLikelihood::log_sigma_for(const Tensor& squared_error) {
  if (!is_training()) return log_sigma();
  if (squared_error.numel() == 0)
    fail(ErrorKind::usage, "[optimal-sigma] a batch of {} has no mean squared error",
         squared_error.shape().str());
  const Tensor variance = varve::mean(squared_error);
  {
    const NoGrad guard;
    variance_.assign(0.9 * variance_ + 0.1 * variance);
  }
  return log_sigma_of(variance);
}

Tensor OptimalSigmaLikelihood::log_sigma_of(const Tensor& variance) {
  return soft_clip(0.5 * log(variance + 1e-12));  // far below e^-12, where the clip holds sigma^2
}

// Laplace.

LaplaceLikelihood::LaplaceLikelihood(LikelihoodOptions options)
    : scale_(positive_scale(options, "laplace")), link_(options.link) {}

Tensor LaplaceLikelihood::negative_log_likelihood(const Tensor& params, const Tensor& x) {
  const auto [outputs, values] = checked(params, x);
  return sum_per_example(abs(values - mean(outputs)) / scale_ + std::log(2 * scale_));
}

Tensor LaplaceLikelihood::mean(const Tensor& params) { return apply_link(link_, params); }

Tensor LaplaceLikelihood::sample(const Tensor& params) {
  const Tensor scale = Tensor::scalar(scale_, params.dtype(), params.device());
  return Laplace(mean(params), scale, Validate::shapes).sample();
}

Likelihood::Range LaplaceLikelihood::range() const { return {-unbounded, unbounded}; }

std::string LaplaceLikelihood::describe() const { return fmt::format("Laplace(b {})", scale_); }

// By name.

namespace {

template <class L>
std::unique_ptr<Likelihood> make(const LikelihoodOptions& options) {
  if constexpr (std::is_constructible_v<L, LikelihoodOptions>)
    return std::make_unique<L>(options);
  else
    return std::make_unique<L>();
}

}  // namespace

Registry<LikelihoodInfo>& likelihood_registry() {
  static Registry<LikelihoodInfo> registry(
      "likelihood", {{"bernoulli", make<BernoulliLikelihood>},
                     {"continuous-bernoulli", make<ContinuousBernoulliLikelihood>},
                     {"gaussian", make<FixedGaussianLikelihood>, true},
                     {"learned-sigma", make<LearnedSigmaLikelihood>, true},
                     {"optimal-sigma", make<OptimalSigmaLikelihood>, true},
                     {"laplace", make<LaplaceLikelihood>, true}});
  return registry;
}

std::vector<std::string> likelihood_names() { return likelihood_registry().names(); }

std::unique_ptr<Likelihood> make_likelihood(std::string_view name,
                                            const LikelihoodOptions& options) {
  return likelihood_registry().at(name).make(options);
}

}  // namespace varve
