#include "framework/distributions/discrete.h"

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

namespace {

/// bce_with_logits with broadcasting.
Tensor cross_entropy_term(const Tensor& logits, const Tensor& x) {
  const Shape shape = broadcast(logits.shape(), x.shape(), "bernoulli");
  return bce_with_logits(logits.expand(shape), x.expand(shape));
}

}  // namespace

Tensor Bernoulli::log_prob(const Tensor& x) const { return -cross_entropy_term(logits_, x); }

Tensor Bernoulli::sample(Shape leading) const {
  const NoGrad guard;
  const Tensor draws =
      rand(draw_shape(leading, logits_.shape()), logits_.dtype(), logits_.device());
  return cast(less(draws, mean()), logits_.dtype());
}

Tensor Bernoulli::entropy() const { return bce_with_logits(logits_, mean()); }

Tensor Bernoulli::mean() const { return sigmoid(logits_); }

Tensor kl_divergence(const Bernoulli& p, const Bernoulli& q) {
  return cross_entropy_term(q.logits(), p.mean()) - p.entropy();
}

Categorical::Categorical(const Tensor& logits) {
  if (logits.rank() == 0)
    fail(ErrorKind::usage, "[categorical] logits need a last axis of classes, got a scalar");
  log_probabilities_ = log_softmax(logits, -1);
}

Tensor Categorical::log_prob(const Tensor& labels) const {
  const Shape leading =
      broadcast(labels.shape(), log_probabilities_.select(-1, 0).shape(), "categorical log_prob");
  const Tensor table = log_probabilities_.expand(draw_shape(leading, {classes()}));
  return gather(table, labels.expand(leading).unsqueeze(-1), -1).squeeze(-1);
}

Tensor Categorical::sample(Shape leading) const {
  const NoGrad guard;
  const Tensor& like = log_probabilities_;
  const Tensor draws = rand(draw_shape(leading, like.shape()), like.dtype(), like.device());
  return argmax(like - log(-log(draws)), -1);  // Gumbel noise; a draw of 0 is never the maximum
}

Tensor Categorical::entropy() const {
  return -sum(exp(log_probabilities_) * log_probabilities_, {-1});
}

Tensor Categorical::mean() const { return exp(log_probabilities_); }

Tensor kl_divergence(const Categorical& p, const Categorical& q) {
  return sum(p.mean() * (p.log_probabilities() - q.log_probabilities()), {-1});
}

}  // namespace varve
