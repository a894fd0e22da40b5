#pragma once

#include <string_view>

#include "framework/distributions/validate.h"
#include "framework/tensor/tensor.h"

namespace varve {

// Reductions are stated here, once, for the whole of Varve: a loss is summed over all axes but the
// first, which gives one number an example, and batch_mean() of those is what is minimised.

/// [batch, ...] -> [batch]: sums all axes but the first. ErrorKind::usage for a scalar.
Tensor sum_per_example(const Tensor& x);
/// [batch] -> a scalar: the mean over examples. ErrorKind::usage for another rank and for a batch
/// of none, which has no mean.
Tensor batch_mean(const Tensor& per_example);

// Each takes tensors of one shape [batch, ...] (a difference in shape is an error, not a broadcast)
// and returns [batch]: f64 if either is, else f32. Integers and bool count as f32.

/// sum (prediction - target)^2.
Tensor squared_error(const Tensor& prediction, const Tensor& target);
/// sum |prediction - target|.
Tensor absolute_error(const Tensor& prediction, const Tensor& target);
/// sum of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2). Huber 1964. ErrorKind::usage
/// unless delta is positive and finite.
Tensor huber(const Tensor& prediction, const Tensor& target, double delta = 1);

// The two cross entropies are named as PyTorch's: what comes out of a sigmoid goes into the first,
// what would go into one into the second, which is the more accurate. The targets x lie in [0, 1].

/// sum of -x log p - (1 - x) log(1 - p), with each logarithm at least -100, as in PyTorch, so that
/// a certain error has a finite price. ErrorKind::usage if a p or an x is outside [0, 1], as logits
/// are (see Validate).
Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& x,
                            Validate validate = Validate::values);
/// sum of softplus(logits) - x logits, which is the former at p = sigmoid(logits). ErrorKind::usage
/// if an x is outside [0, 1] (see Validate). NaN at infinite logits, as in PyTorch.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& x,
                                        Validate validate = Validate::values);
/// sum of -log softmax(logits)[label]: logits [batch, ..., classes], labels [batch, ...] of an
/// integer dtype, in [0, classes): ErrorKind::usage for others. Infinite for a label whose logit is
/// -infinity.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels);

/// Throws ErrorKind::usage unless the shapes are the same and have a batch axis; `where` is the
/// loss.
void require_same_shape(const Tensor& a, const Tensor& b, std::string_view where);

}  // namespace varve
