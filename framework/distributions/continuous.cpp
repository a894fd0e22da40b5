#include "framework/distributions/continuous.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "framework/distributions/divergence.h"
#include "framework/distributions/location_scale.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor like(const Tensor& x, double value) {
  return Tensor::full({}, value, x.dtype(), x.device());
}

/// Half of it: the whole width may be beyond the dtype's range.
Tensor half_width(const Uniform& u) { return 0.5 * u.high() - 0.5 * u.low(); }

}  // namespace

Laplace::Laplace(const Tensor& mean, const Tensor& scale, Validate validate) {
  const auto [location, width] = floating_arguments(mean, scale, "laplace");
  const Tensor valid = validated(
      width, [&x = width] { return is_not_negative(x); }, validate, "laplace", "the scale",
      "at least 0");
  const Shape shape = broadcast(mean.shape(), scale.shape(), "laplace");
  mean_ = location.expand(shape);
  scale_ = valid.expand(shape);
}

Tensor Laplace::log_prob(const Tensor& x) const {
  return location_scale_log_prob(x, mean_, scale_,
                                 [](const Tensor& z) { return -abs(z) - std::numbers::ln2; });
}

Tensor Laplace::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, mean_.shape());
  const Tensor u = 2 * rand(shape, mean_.dtype(), mean_.device()) - 1;  // [-1, 1)
  const double last = mean_.dtype() == DType::f64 ? 1 - 0x1p-53 : 1 - 0x1p-24;
  const Tensor magnitude = -log1p(-clamp(abs(u), 0, last));  // finite
  return mean_ + scale_ * where(less(u, like(u, 0)), -magnitude, magnitude);
}

Tensor Laplace::entropy() const { return log(scale_) + (1 + std::numbers::ln2); }

Tensor kl_divergence(const Laplace& p, const Laplace& q) {
  // With t = |m0 - m1| / b0: r (e^-t - 1 + t) + (r - 1 - log r).
  const Tensor log_ratio = log(p.scale()) - log(q.scale());
  const Tensor distance = abs(p.mean() - q.mean()) / p.scale();
  return exp(log_ratio) * exp_remainder(-distance) + exp_remainder(log_ratio);
}

Uniform::Uniform(const Tensor& low, const Tensor& high, Validate validate) {
  const auto [from, to] = floating_arguments(low, high, "uniform");
  const Shape shape = broadcast(low.shape(), high.shape(), "uniform");
  low_ = from.expand(shape);
  high_ = to.expand(shape);
  const auto is_interval = [this] {
    const Tensor finite = less(abs(low_), like(low_, infinity));
    const Tensor ordered = where(less(low_, high_), high_, like(high_, infinity));
    return where(finite, less(ordered, like(high_, infinity)), finite);
  };
  high_ = validated(high_, is_interval, validate, "uniform", "the upper bound",
                    "a finite number above a finite lower bound");
}

Tensor Uniform::log_prob(const Tensor& x) const {
  const Tensor inside = like(low_, 0), outside = like(low_, -infinity);
  const Tensor support = where(less(x, low_), outside, where(less(x, high_), inside, outside));
  return where(equal(x, x), support, x) - entropy();
}

Tensor Uniform::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, low_.shape());
  const Tensor u = rand(shape, low_.dtype(), low_.device());
  const Tensor x = low_ * (1 - u) + high_ * u;
  return where(less(x, high_), x, where(equal(x, x), low_, x));
}

Tensor Uniform::entropy() const { return log(half_width(*this)) + std::numbers::ln2; }

Tensor Uniform::mean() const { return 0.5 * low_ + 0.5 * high_; }

Tensor kl_divergence(const Uniform& p, const Uniform& q) {
  const Tensor beyond = like(p.low(), infinity);
  const Tensor ratio = log(half_width(q)) - log(half_width(p));
  return where(less(p.low(), q.low()), beyond, where(less(q.high(), p.high()), beyond, ratio));
}

}  // namespace varve
