#include "framework/distributions/multivariate_normal.h"

#include <cmath>
#include <numbers>

#include "framework/core/error.h"
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

/// log |L|: [...].
Tensor log_determinant(const Tensor& factor) { return sum(log(factor.diagonal()), {-1}); }

}  // namespace

MultivariateNormal::MultivariateNormal(const Tensor& mean, const Tensor& factor)
    : mean_(mean), factor_(factor) {
  if (mean.shape().empty() || factor.shape() != draw_shape(mean.shape(), {mean.shape().back()}))
    fail(ErrorKind::usage,
         "[multivariate normal] a mean (..., d) needs a factor (..., d, d); got {} and {}",
         mean.shape().str(), factor.shape().str());
}

MultivariateNormal MultivariateNormal::diagonal(const Normal& normal) {
  const Tensor mean = normal.mean();
  const Tensor unit = Tensor::eye(mean.size(-1), mean.dtype(), mean.device());
  return {mean, normal.standard_deviation().unsqueeze(-1) * unit};
}

Tensor MultivariateNormal::log_prob(const Tensor& x) const {
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
  const auto d = static_cast<double>(p.dimensions());
  const Tensor trace = sum(square(solve(q.factor(), p.factor())), {-2, -1});
  const Tensor offset = solve(q.factor(), (q.mean() - p.mean()).unsqueeze(-1)).squeeze(-1);
  const Tensor log_ratio = log_determinant(q.factor()) - log_determinant(p.factor());
  return 0.5 * (trace + sum(square(offset), {-1}) - d) + log_ratio;
}

}  // namespace varve
