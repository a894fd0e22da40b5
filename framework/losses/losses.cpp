#include "framework/losses/losses.h"

#include "framework/core/error.h"
#include "framework/distributions/discrete.h"
#include "framework/tensor/functional.h"

namespace varve {

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
  return mean(per_example);
}

void require_same_shape(const Tensor& a, const Tensor& b, const char* where) {
  if (a.shape() != b.shape() || a.rank() == 0)
    fail(ErrorKind::usage, "[{}] needs two tensors of one shape (batch, ...), got {} and {}", where,
         a.shape().str(), b.shape().str());
}

Tensor squared_error(const Tensor& prediction, const Tensor& target) {
  require_same_shape(prediction, target, "squared_error");
  return sum_per_example(square(prediction - target));
}

Tensor absolute_error(const Tensor& prediction, const Tensor& target) {
  require_same_shape(prediction, target, "absolute_error");
  return sum_per_example(abs(prediction - target));
}

Tensor huber(const Tensor& prediction, const Tensor& target, double delta) {
  require_same_shape(prediction, target, "huber");
  if (!(delta > 0)) fail(ErrorKind::usage, "[huber] delta = {}: it must be positive", delta);
  const Tensor distance = abs(prediction - target);
  const Tensor near = clamp(distance, 0, delta);  // near (distance - near / 2) is both cases
  return sum_per_example(near * (distance - 0.5 * near));
}

Tensor binary_cross_entropy(const Tensor& logits, const Tensor& x) {
  require_same_shape(logits, x, "binary_cross_entropy");
  return sum_per_example(bce_with_logits(logits, x));
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
  return sum_per_example(-Categorical(logits).log_prob(labels));
}

}  // namespace varve
