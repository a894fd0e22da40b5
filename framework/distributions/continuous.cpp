#include "framework/distributions/continuous.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "framework/tensor/functional.h"

namespace varve {

Laplace::Laplace(const Tensor& mean, const Tensor& scale) {
  const Shape shape = broadcast(mean.shape(), scale.shape(), "laplace");
  mean_ = mean.expand(shape);
  scale_ = scale.expand(shape);
}

Tensor Laplace::log_prob(const Tensor& x) const {
  return -(abs(x - mean_) / scale_) - log(2 * scale_);
}

Tensor Laplace::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, mean_.shape());
  const Tensor u = 2 * rand(shape, mean_.dtype(), mean_.device()) - 1;  // [-1, 1)
  const Tensor tail = clamp(abs(u), 0, 1 - 0x1p-24);                    // a finite logarithm
  const Tensor magnitude = -log1p(-tail);
  return mean_ +
         scale_ * where(less(u, Tensor::zeros({}, u.dtype(), u.device())), -magnitude, magnitude);
}

Tensor Laplace::entropy() const { return log(2 * std::numbers::e * scale_); }

Tensor kl_divergence(const Laplace& p, const Laplace& q) {
  const Tensor distance = abs(p.mean() - q.mean());
  const Tensor ratio = p.scale() / q.scale();
  return distance / q.scale() + ratio * exp(-(distance / p.scale())) - log(ratio) - 1;
}

Uniform::Uniform(const Tensor& low, const Tensor& high) {
  const Shape shape = broadcast(low.shape(), high.shape(), "uniform");
  low_ = low.expand(shape);
  high_ = high.expand(shape);
}

Tensor Uniform::log_prob(const Tensor& x) const {
  const Tensor outside =
      Tensor::full({}, -std::numeric_limits<double>::infinity(), low_.dtype(), low_.device());
  const Tensor inside = -log(high_ - low_);
  return where(less(x, low_), outside, where(less(x, high_), inside, outside));
}

Tensor Uniform::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, low_.shape());
  return low_ + (high_ - low_) * rand(shape, low_.dtype(), low_.device());
}

Tensor Uniform::entropy() const { return log(high_ - low_); }

Tensor Uniform::mean() const { return 0.5 * (low_ + high_); }

Tensor kl_divergence(const Uniform& p, const Uniform& q) {
  const Tensor infinity =
      Tensor::full({}, std::numeric_limits<double>::infinity(), p.low().dtype(), p.low().device());
  const Tensor ratio = log((q.high() - q.low()) / (p.high() - p.low()));
  return where(less(p.low(), q.low()), infinity, where(less(q.high(), p.high()), infinity, ratio));
}

}  // namespace varve
