#include "framework/distributions/normal.h"

#include <cmath>
#include <numbers>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

const double log_two_pi = std::log(2 * std::numbers::pi);

Tensor noise(const Shape& shape, const Tensor& like) {
  return randn(shape, like.dtype(), like.device());
}

}  // namespace

Normal::Normal(FromLogvar, const Tensor& mean, const Tensor& logvar) {
  const Shape shape = broadcast(mean.shape(), logvar.shape(), "normal");
  mean_ = mean.expand(shape);
  logvar_ = logvar.expand(shape);
}

Normal::Normal(const Tensor& mean, const Tensor& standard_deviation)
    : Normal(FromLogvar{}, mean, 2 * log(standard_deviation)) {}

Normal Normal::from_logvar(const Tensor& mean, const Tensor& logvar) {
  return {FromLogvar{}, mean, logvar};
}

Normal Normal::standard(Shape shape, DType dtype, const Device& device) {
  const Tensor zero = Tensor::zeros(shape, dtype, device);
  return {FromLogvar{}, zero, zero};
}

Tensor Normal::standard_deviation() const { return exp(logvar_ * 0.5); }

Tensor Normal::log_prob(const Tensor& x) const {
  return -0.5 * (square(x - mean_) * exp(-logvar_) + logvar_ + log_two_pi);
}

Tensor Normal::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, mean_.shape());
  return reparameterize(mean_.expand(shape), logvar_.expand(shape), noise(shape, mean_));
}

Tensor Normal::entropy() const { return 0.5 * (logvar_ + (log_two_pi + 1)); }

Tensor kl_divergence(const Normal& p, const Normal& q) {
  const Tensor difference = p.logvar() - q.logvar();
  return 0.5 * (exp(difference) + square(p.mean() - q.mean()) * exp(-q.logvar()) - 1 - difference);
}

IsotropicNormal::IsotropicNormal(const Tensor& mean, const Tensor& logvar)
    : mean_(mean), logvar_(logvar) {
  Shape needed = mean.shape();
  if (needed.empty())
    fail(ErrorKind::usage, "[isotropic normal] the mean must have a last axis, got a scalar");
  needed[needed.size() - 1] = 1;
  if (logvar.shape() != needed)
    fail(ErrorKind::usage,
         "[isotropic normal] a mean of {} needs one log variance a row, {}; got {}",
         mean.shape().str(), needed.str(), logvar.shape().str());
}

Tensor IsotropicNormal::log_prob(const Tensor& x) const {
  const auto d = static_cast<double>(dimensions());
  const Tensor distance = sum(square(x - mean_), {-1}, true);
  const Tensor result = -0.5 * (distance * exp(-logvar_) + d * logvar_ + d * log_two_pi);
  return result.squeeze(-1);
}

Tensor IsotropicNormal::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, mean_.shape());
  return reparameterize(mean_.expand(shape), logvar_.expand(shape), noise(shape, mean_));
}

Tensor IsotropicNormal::entropy() const {
  const double half_d = 0.5 * static_cast<double>(dimensions());
  return half_d * (logvar_.squeeze(-1) + (log_two_pi + 1));
}

Tensor kl_divergence(const IsotropicNormal& p, const IsotropicNormal& q) {
  const auto d = static_cast<double>(p.dimensions());
  const Tensor difference = p.logvar() - q.logvar();
  const Tensor distance = sum(square(p.mean() - q.mean()), {-1}, true) * exp(-q.logvar());
  return (0.5 * (d * exp(difference) + distance - d - d * difference)).squeeze(-1);
}

}  // namespace varve
