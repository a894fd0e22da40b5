#pragma once

#include <cstdint>

#include "framework/distributions/distribution.h"

namespace varve {

/// Independent coins with success probability sigmoid(logits).
class Bernoulli : public ProbabilityDistribution {
 public:
  explicit Bernoulli(const Tensor& logits) : logits_(logits) {}

  std::string_view name() const override { return "bernoulli"; }
  /// x in [0, 1], of the logits' dtype.
  Tensor log_prob(const Tensor& x) const override;
  /// 0 or 1, of the logits' dtype.
  Tensor sample(Shape leading = {}) const override;
  Tensor entropy() const override;
  Tensor mean() const override;
  const Tensor& logits() const { return logits_; }

 private:
  Tensor logits_;
};

/// Elementwise.
Tensor kl_divergence(const Bernoulli& p, const Bernoulli& q);

/// One of `classes` with probabilities softmax(logits) over the last axis.
class Categorical : public ProbabilityDistribution {
 public:
  /// logits [..., classes].
  explicit Categorical(const Tensor& logits);

  std::string_view name() const override { return "categorical"; }
  /// labels [...], i32 or i64.
  Tensor log_prob(const Tensor& labels) const override;
  /// Labels, i64, by the Gumbel-max rule.
  Tensor sample(Shape leading = {}) const override;
  Tensor entropy() const override;
  /// Of the one-hot vector, that is, the probabilities: [..., classes].
  Tensor mean() const override;
  std::int64_t classes() const { return log_probabilities_.size(-1); }
  /// log softmax(logits).
  const Tensor& log_probabilities() const { return log_probabilities_; }

 private:
  Tensor log_probabilities_;
};

/// Without the last axis.
Tensor kl_divergence(const Categorical& p, const Categorical& q);

}  // namespace varve
