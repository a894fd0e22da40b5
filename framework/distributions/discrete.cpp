#include "framework/distributions/discrete.h"

#include <limits>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/distributions/divergence.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor like(const Tensor& x, double value) {
  return Tensor::full({}, value, x.dtype(), x.device());
}

/// weight x, and 0 where the weight is 0 and x infinite.
Tensor weighted(const Tensor& weight, const Tensor& x) {
  const Tensor none = equal(weight, like(weight, 0));
  return weight * where(none, like(x, 0), x);
}

/// -infinity where exp() of it is 0 in its dtype.
Tensor representable(const Tensor& log_probability) {
  const double least = log_probability.dtype() == DType::f64 ? -745.2 : -103.98;
  return where(less(log_probability, like(log_probability, least)),
               like(log_probability, -infinity), log_probability);
}

}  // namespace

Bernoulli::Bernoulli(const Tensor& logits, Validate validate)
    : logits_(floating_argument(logits, "bernoulli")), validate_(validate) {}

Tensor Bernoulli::log_prob(const Tensor& x) const {
  const auto [share, logits] = floating_arguments(x, logits_, "bernoulli");
  const Tensor valid = validated(
      share, [&x = share] { return is_within(x, 0, 1); }, validate_, "bernoulli", "x",
      "a number in [0, 1]");
  return -(weighted(valid, softplus(-logits)) + weighted(1 - valid, softplus(logits)));
}

Tensor Bernoulli::sample(Shape leading) const {
  const NoGrad guard;
  const Tensor p = mean();
  const Tensor draws =
      rand(draw_shape(leading, logits_.shape()), logits_.dtype(), logits_.device());
  return cast(less(draws, p), logits_.dtype()) + 0 * p;  // 0, and NaN where p is
}

Tensor Bernoulli::entropy() const {
  // With e = exp(-|l|): log(1 + e) + |l| e / (1 + e), to the end of the range.
  const Tensor size = minimum(abs(logits_), like(logits_, 1000));  // where e is 0
  const Tensor e = exp(-size);
  return log1p(e) + size * (e / (1 + e));
}

Tensor Bernoulli::mean() const { return sigmoid(logits_); }

Tensor kl_divergence(const Bernoulli& p, const Bernoulli& q) {
  const auto [a, b] = floating_arguments(p.logits(), q.logits(), "kl_divergence");
  const auto log_sigmoid = [](const Tensor& logits) { return representable(-softplus(-logits)); };
  return relative_entropy(log_sigmoid(a), log_sigmoid(b)) +
         relative_entropy(log_sigmoid(-a), log_sigmoid(-b));
}

Categorical::Categorical(const Tensor& logits, Validate validate) {
  Tensor scores = floating_argument(logits, "categorical");
  if (scores.rank() == 0 || scores.size(-1) == 0)
    fail(ErrorKind::usage, "[categorical] logits need a last axis of classes, got {}",
         scores.rank() == 0 ? "a scalar" : scores.shape().str());
  if (validate == Validate::values) {
    const Tensor greatest = max(scores, {-1}, true).detach();
    scores =
        scores - validated(
                     greatest, [&] { return less(abs(greatest), like(greatest, infinity)); },
                     validate, "categorical", "the greatest logit of a row", "a finite number");
  }
  log_probabilities_ = log_softmax(scores, -1);
}

Tensor Categorical::log_prob(const Tensor& labels) const {
  if (!labels.defined() || is_floating(labels.dtype()) || labels.dtype() == DType::boolean)
    fail(ErrorKind::usage, "[categorical] labels must be integers, got {}",
         labels.defined() ? varve::name(labels.dtype()) : "an undefined tensor");
  const Tensor numbers = labels.dtype() == DType::u8 ? cast(labels, DType::i32) : labels;
  const Shape leading =
      broadcast(labels.shape(), log_probabilities_.select(-1, 0).shape(), "categorical log_prob");
  const Tensor table = log_probabilities_.expand(draw_shape(leading, {classes()}));
  return gather(table, numbers.expand(leading).unsqueeze(-1), -1).squeeze(-1);
}

Tensor Categorical::sample(Shape leading) const {
  const NoGrad guard;
  const Tensor& like = log_probabilities_;
  const Tensor draws = rand(draw_shape(leading, like.shape()), like.dtype(), like.device());
  // Gumbel noise, finite also for a draw of 0: only an impossible class is at -infinity.
  const Tensor noise = -log(-log(clamp(draws, 0x1p-32, 1 - 0x1p-24)));
  const Tensor drawn = argmax(like + noise, -1);
  const Tensor total = sum(mean(), {-1});
  const Tensor none = Tensor::full({}, -1, drawn.dtype(), drawn.device());
  return where(equal(total, total), drawn, none);
}

Tensor Categorical::entropy() const { return -sum(weighted(mean(), log_probabilities_), {-1}); }

Tensor Categorical::mean() const { return exp(log_probabilities_); }

Tensor kl_divergence(const Categorical& p, const Categorical& q) {
  require_last_axis(q.log_probabilities(), p.classes(), "kl_divergence");
  return sum(relative_entropy(p.log_probabilities(), q.log_probabilities()), {-1});
}

}  // namespace varve
