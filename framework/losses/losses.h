#pragma once

#include "framework/tensor/tensor.h"

namespace varve {

// Reductions are stated here, once, for the whole of Varve: a loss is summed over all axes but the
// first, which gives one number an example, and batch_mean() of those is what is minimised.

/// [batch, ...] -> [batch]: sums all axes but the first.
Tensor sum_per_example(const Tensor& x);
/// [batch] -> a scalar: the mean over examples.
Tensor batch_mean(const Tensor& per_example);

// Each takes tensors of one shape [batch, ...] (a difference in shape is an error, not a broadcast)
// and returns [batch].

/// sum (prediction - target)^2.
Tensor squared_error(const Tensor& prediction, const Tensor& target);
/// sum |prediction - target|.
Tensor absolute_error(const Tensor& prediction, const Tensor& target);
/// sum of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2). Huber 1964.
Tensor huber(const Tensor& prediction, const Tensor& target, double delta = 1);
/// sum of -x log s - (1 - x) log(1 - s), s = sigmoid(logits), x in [0, 1].
Tensor binary_cross_entropy(const Tensor& logits, const Tensor& x);
/// sum of -log softmax(logits)[label]: logits [batch, ..., classes], labels [batch, ...] i32 or
/// i64.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels);

/// Throws ErrorKind::usage unless the shapes are the same and have a batch axis; `where` is the
/// loss.
void require_same_shape(const Tensor& a, const Tensor& b, const char* where);

}  // namespace varve
