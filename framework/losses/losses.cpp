#include "framework/losses/losses.h"

#include <cmath>
#include <utility>

#include "framework/core/error.h"
#include "framework/distributions/discrete.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// Two tensors of one shape, in one floating dtype.
std::pair<Tensor, Tensor> pair_of(const Tensor& prediction, const Tensor& target,
                                  const char* where) {
  const auto pair = floating_arguments(prediction, target, where);
  require_same_shape(prediction, target, where);
  return pair;
}

Tensor share_of(const Tensor& x, Validate validate, const char* where, const char* what) {
  return validated(
      x, [&] { return is_within(x, 0, 1); }, validate, where, what, "a number in [0, 1]");
}

/// log p, at least -100. Near 0 the slope is 1e12 and not infinite, as in PyTorch, so that p = 0 is
/// left again.
Tensor bounded_log(const Tensor& p) {
  const Tensor tiny = Tensor::full({}, 0x1p-126, p.dtype(), p.device());
  const Tensor none = less(p, tiny);
  return where(none, 1e12 * p - 100, log(where(none, tiny, p)));
}

}  // namespace

Tensor sum_per_example(const Tensor& x) {
  if (x.rank() == 0) fail(ErrorKind::usage, "[sum_per_example] a scalar has no batch axis");
  Axes axes;
  for (std::size_t i = 1; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes.empty() ? x : sum(x, axes);
}

Tensor batch_mean(const Tensor& per_example) {
  if (per_example.rank() != 1)
    fail(ErrorKind::usage,
         "[batch_mean] needs one number an example, got {}; see sum_per_example()",
         per_example.shape().str());
  if (per_example.numel() == 0)
    fail(ErrorKind::usage, "[batch_mean] a batch of no examples has no mean: leave it out");
  return mean(per_example);
}

void require_same_shape(const Tensor& a, const Tensor& b, std::string_view where) {
  if (a.shape() != b.shape() || a.rank() == 0)
    fail(ErrorKind::usage, "[{}] needs two tensors of one shape (batch, ...), got {} and {}", where,
         a.shape().str(), b.shape().str());
}

Tensor squared_error(const Tensor& prediction, const Tensor& target) {
  const auto [p, t] = pair_of(prediction, target, "squared_error");
  return sum_per_example(square(p - t));
}

Tensor absolute_error(const Tensor& prediction, const Tensor& target) {
  const auto [p, t] = pair_of(prediction, target, "absolute_error");
  return sum_per_example(abs(p - t));
}

Tensor huber(const Tensor& prediction, const Tensor& target, double delta) {
  const auto [p, t] = pair_of(prediction, target, "huber");
  if (!(delta > 0) || std::isinf(delta))
    fail(ErrorKind::usage, "[huber] delta = {}: it must be positive and finite", delta);
  const Tensor distance = abs(p - t);
  const Tensor near = clamp(distance, 0, delta);  // near (distance - near / 2) is both cases
  return sum_per_example(near * (distance - 0.5 * near));
}

Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& x, Validate validate) {
  constexpr const char* where = "binary_cross_entropy";
  const auto [given, targets] = pair_of(probabilities, x, where);
  const Tensor p = share_of(given, validate, where,
                            "a probability (binary_cross_entropy_with_logits() takes logits)");
  const Tensor t = share_of(targets, validate, where, "a target");
  return -sum_per_example(t * bounded_log(p) + (1 - t) * bounded_log(1 - p));
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& x, Validate validate) {
  constexpr const char* where = "binary_cross_entropy_with_logits";
  const auto [l, targets] = pair_of(logits, x, where);
  return sum_per_example(bce_with_logits(l, share_of(targets, validate, where, "a target")));
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels) {
  Shape needed = logits.shape();
  if (needed.size() < 2)
    fail(ErrorKind::usage, "[cross_entropy] logits must be (batch, ..., classes), got {}",
         needed.str());
  needed.erase(needed.size() - 1);
  if (labels.shape() != needed)
    fail(ErrorKind::usage, "[cross_entropy] logits of {} need labels of {}, got {}",
         logits.shape().str(), needed.str(), labels.shape().str());
  return sum_per_example(-Categorical(logits, Validate::shapes).log_prob(labels));
}

}  // namespace varve
