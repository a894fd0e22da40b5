#pragma once

#include <cstdint>

#include "framework/distributions/distribution.h"
#include "framework/distributions/validate.h"

namespace varve {

/// Independent coins with success probability sigmoid(logits). From probabilities:
/// `Bernoulli(log(p) - log1p(-p))`.
class Bernoulli : public ProbabilityDistribution {
 public:
  /// Any logits: infinite ones are certain outcomes. `validate` is for x in log_prob().
  explicit Bernoulli(const Tensor& logits, Validate validate = Validate::values);

  std::string_view name() const override { return "bernoulli"; }
  /// x log p + (1 - x) log(1 - p), 0 log 0 = 0. x in [0, 1], of any dtype: ErrorKind::usage if a
  /// value is outside or NaN (see Validate).
  Tensor log_prob(const Tensor& x) const override;
  /// 0 or 1, of the logits' dtype; NaN where the logit is.
  Tensor sample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override;
  const Tensor& logits() const { return logits_; }

 private:
  Tensor logits_;
  Validate validate_;
};

/// Elementwise, broadcast; without cancellation for nearly equal ones. As in PyTorch, infinite
/// where q's probability of an outcome that p can have is 0 in the dtype: past a logit of about 104
/// in f32 and 745 in f64.
Tensor kl_divergence(const Bernoulli& p, const Bernoulli& q);

/// One of `classes` with probabilities softmax(logits) over the last axis. A logit of -infinity (a
/// mask) makes a class impossible: log_prob -infinity, never drawn, no part of the entropy.
class Categorical : public ProbabilityDistribution {
 public:
  /// logits [..., classes], not normalised. ErrorKind::usage for a scalar or no classes, and for a
  /// row that holds NaN or +infinity or has nothing but -infinity (see Validate).
  explicit Categorical(const Tensor& logits, Validate validate = Validate::values);

  std::string_view name() const override { return "categorical"; }
  /// labels [...] of an integer dtype, broadcast. ErrorKind::usage for others and for a label that
  /// is not in [0, classes).
  Tensor log_prob(const Tensor& labels) const override;
  /// Labels, i64, by the Gumbel-max rule; -1 where the logits are NaN.
  Tensor sample(Shape leading = {}) const override;
  /// -sum p log p, 0 log 0 = 0: [...].
  Tensor entropy() const override;
  /// Of the one-hot vector, that is, the probabilities: [..., classes].
  Tensor mean() const override;
  std::int64_t classes() const { return log_probabilities_.size(-1); }
  /// log softmax(logits).
  const Tensor& log_probabilities() const { return log_probabilities_; }

 private:
  Tensor log_probabilities_;
};

/// sum p log(p / q), without the last axis; 0 log 0 = 0, infinity where q excludes a class that p
/// has; without cancellation for nearly equal ones. ErrorKind::usage if the classes differ in
/// number.
Tensor kl_divergence(const Categorical& p, const Categorical& q);

}  // namespace varve
