#include "framework/distributions/normal.h"

#include <cmath>
#include <numbers>
#include <tuple>

#include "framework/core/error.h"
#include "framework/distributions/divergence.h"
#include "framework/distributions/location_scale.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

const double log_two_pi = std::log(2 * std::numbers::pi);

Tensor noise(const Shape& shape, const Tensor& like) {
  return randn(shape, like.dtype(), like.device());
}

/// Divided by the deviation before anything is squared: exp(logvar) may leave the dtype's range.
Tensor standardized(const Tensor& distance, const Tensor& logvar) {
  return distance * exp(-0.5 * logvar);
}

}  // namespace

Normal::Normal(FromLogvar, const Tensor& mean, const Tensor& logvar) {
  const auto [location, log_variance] = floating_arguments(mean, logvar, "normal");
  const Shape shape = broadcast(mean.shape(), logvar.shape(), "normal");
  mean_ = location.expand(shape);
  logvar_ = log_variance.expand(shape);
}

Normal::Normal(const Tensor& mean, const Tensor& standard_deviation, Validate validate) {
  const auto [location, deviation] = floating_arguments(mean, standard_deviation, "normal");
  const Tensor valid = validated(
      deviation, [&x = deviation] { return is_not_negative(x); }, validate, "normal",
      "the standard deviation", "at least 0");
  const Shape shape = broadcast(mean.shape(), standard_deviation.shape(), "normal");
  mean_ = location.expand(shape);
  standard_deviation_ = valid.expand(shape);
}

Normal Normal::from_logvar(const Tensor& mean, const Tensor& logvar) {
  return {FromLogvar{}, mean, logvar};
}

Normal Normal::standard(Shape shape, DType dtype, const Device& device) {
  const Tensor zero = Tensor::zeros(shape, dtype, device);
  return {FromLogvar{}, zero, zero};
}

Tensor Normal::standard_deviation() const {
  return standard_deviation_.defined() ? standard_deviation_ : exp(logvar_ * 0.5);
}

Tensor Normal::logvar() const { return logvar_.defined() ? logvar_ : 2 * log(standard_deviation_); }

Tensor Normal::log_prob(const Tensor& x) const {
  if (logvar_.defined())
    return -0.5 * (square(standardized(x - mean_, logvar_)) + logvar_ + log_two_pi);
  return location_scale_log_prob(x, mean_, standard_deviation_,
                                 [](const Tensor& z) { return -0.5 * (square(z) + log_two_pi); });
}

Tensor Normal::rsample(Shape leading) const {
  const Shape shape = draw_shape(leading, mean_.shape());
  if (logvar_.defined())
    return reparameterize(mean_.expand(shape), logvar_.expand(shape), noise(shape, mean_));
  return mean_ + standard_deviation_ * noise(shape, mean_);
}

Tensor Normal::entropy() const { return 0.5 * (logvar() + (log_two_pi + 1)); }

Tensor kl_divergence(const Normal& p, const Normal& q) {
  const Tensor logvar = q.logvar();
  return 0.5 *
         (exp_remainder(p.logvar() - logvar) + square(standardized(p.mean() - q.mean(), logvar)));
}

IsotropicNormal::IsotropicNormal(const Tensor& mean, const Tensor& logvar) {
  std::tie(mean_, logvar_) = floating_arguments(mean, logvar, "isotropic normal");
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
  require_last_axis(x, dimensions(), "isotropic normal");
  const auto d = static_cast<double>(dimensions());
  const Tensor distance = sum(square(standardized(x - mean_, logvar_)), {-1});
  return -0.5 * (distance + d * (logvar_.squeeze(-1) + log_two_pi));
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
  require_last_axis(p.mean(), q.dimensions(), "kl_divergence");
  const auto d = static_cast<double>(p.dimensions());
  const Tensor spread = exp_remainder(p.logvar() - q.logvar()).squeeze(-1);
  const Tensor distance = sum(square(standardized(p.mean() - q.mean(), q.logvar())), {-1});
  return 0.5 * (d * spread + distance);
}

}  // namespace varve
