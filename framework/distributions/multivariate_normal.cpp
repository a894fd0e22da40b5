#include "framework/distributions/multivariate_normal.h"

#include <cmath>
#include <numbers>
#include <tuple>

#include "framework/core/error.h"
#include "framework/distributions/divergence.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// L^-1 b for L [..., d, d] and b [..., d, m], leading axes broadcast.
Tensor solve(const Tensor& factor, const Tensor& b) {
  const std::int64_t d = factor.size(-1), columns = b.size(-1);
  const auto leading = [](const Shape& shape) {
    return Shape(std::span(shape.begin(), shape.end() - 2));
  };
  const Shape common =
      broadcast(leading(factor.shape()), leading(b.shape()), "multivariate normal");
  return solve_triangular(factor.expand(draw_shape(common, {d, d})),
                          b.expand(draw_shape(common, {d, columns})));
}

/// x below the diagonal, and on it if `diagonal`; 0 elsewhere. [..., d, d].
Tensor lower_part(const Tensor& x, bool diagonal) {
  const Tensor place = Tensor::arange(x.size(-1), 0, 1, x.dtype(), x.device());
  const Tensor row = place.unsqueeze(1) + (diagonal ? 1 : 0);
  return where(less(place, row), x, Tensor::zeros({}, x.dtype(), x.device()));
}

/// log |L|: [...].
Tensor log_determinant(const Tensor& factor) { return sum(log(factor.diagonal()), {-1}); }

}  // namespace

MultivariateNormal::MultivariateNormal(const Tensor& mean, const Tensor& factor,
                                       Validate validate) {
  std::tie(mean_, factor_) = floating_arguments(mean, factor, "multivariate normal");
  if (mean.shape().empty() || factor.shape() != draw_shape(mean.shape(), {mean.shape().back()}))
    fail(ErrorKind::usage,
         "[multivariate normal] a mean (..., d) needs a factor (..., d, d); got {} and {}",
         mean.shape().str(), factor.shape().str());
  const Tensor diagonal = factor_.diagonal();
  const auto is_positive = [&] {
    return less(Tensor::zeros({}, diagonal.dtype(), diagonal.device()), diagonal);
  };
  const Tensor valid = validated(diagonal, is_positive, validate, "multivariate normal",
                                 "the factor's diagonal", "a number above 0");
  // In a captured step `valid` is NaN where the diagonal is not.
  const bool same = valid.impl() == diagonal.impl();
  factor_ = same ? lower_part(factor_, true) : lower_part(factor_, false) + diagonal_embed(valid);
}

MultivariateNormal MultivariateNormal::diagonal(const Normal& normal) {
  const Tensor mean = normal.mean();
  if (mean.rank() == 0)
    fail(ErrorKind::usage, "[multivariate normal] the mean must have a last axis, got a scalar");
  const Tensor unit = Tensor::eye(mean.size(-1), mean.dtype(), mean.device());
  return {mean, normal.standard_deviation().unsqueeze(-1) * unit};
}

Tensor MultivariateNormal::log_prob(const Tensor& x) const {
  require_last_axis(x, dimensions(), "multivariate normal");
  const auto d = static_cast<double>(dimensions());
  const Tensor y = solve(factor_, (x - mean_).unsqueeze(-1)).squeeze(-1);
  const double constant = 0.5 * d * std::log(2 * std::numbers::pi);
  return -0.5 * sum(square(y), {-1}) - log_determinant(factor_) - constant;
}

Tensor MultivariateNormal::rsample(Shape leading) const {
  const Tensor eps = randn(draw_shape(leading, mean_.shape()), mean_.dtype(), mean_.device());
  return mean_ + matmul(factor_, eps.unsqueeze(-1)).squeeze(-1);
}

Tensor MultivariateNormal::entropy() const {
  const auto d = static_cast<double>(dimensions());
  return log_determinant(factor_) + 0.5 * d * (1 + std::log(2 * std::numbers::pi));
}

Tensor MultivariateNormal::covariance() const { return matmul(factor_, factor_.transpose()); }

Tensor kl_divergence(const MultivariateNormal& p, const MultivariateNormal& q) {
  require_last_axis(p.mean(), q.dimensions(), "kl_divergence");
  // |Lq^-1 Lp|^2 - d - 2 log(|Lp| / |Lq|), the diagonal with its logarithms: no cancellation.
  const Tensor log_ratio = log(p.factor().diagonal()) - log(q.factor().diagonal());
  const Tensor below = lower_part(solve(q.factor(), p.factor()), false);
  const Tensor offset = solve(q.factor(), (q.mean() - p.mean()).unsqueeze(-1)).squeeze(-1);
  return 0.5 * (sum(exp_remainder(2 * log_ratio), {-1}) + sum(square(below), {-2, -1}) +
                sum(square(offset), {-1}));
}

}  // namespace varve
