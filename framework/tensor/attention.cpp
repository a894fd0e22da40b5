#include <cmath>
#include <limits>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/operands.h"

namespace varve {
namespace {

/// Whether a query may look at a key: undefined if at every one.
Tensor allowed_pairs(const AttentionOptions& options, std::int64_t queries, std::int64_t keys,
                     const Device& device) {
  const bool listed = options.mask.defined() && options.mask.dtype() == DType::boolean;
  if (!options.causal) return listed ? options.mask : Tensor();
  const auto query = Tensor::arange(queries, 0, 1, DType::i32, device).unsqueeze(1);
  const auto before = Tensor::arange(keys, 0, 1, DType::i32, device) <= query;
  return listed ? logical_and(options.mask, before) : before;
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options) {
  const bool fits = query.rank() >= 2 && key.rank() >= 2 && value.rank() >= 2 &&
                    query.size(-1) == key.size(-1) && key.size(-2) == value.size(-2);
  if (!fits)
    fail(ErrorKind::usage,
         "[scaled_dot_product_attention] query {}, key {} and value {} do not fit: need (..., "
         "queries, features), (..., keys, features) and (..., keys, out)",
         query.shape().str(), key.shape().str(), value.shape().str());
  if (!(options.dropout >= 0 && options.dropout < 1))
    fail(ErrorKind::usage,
         "[scaled_dot_product_attention] dropout = {}: it must be at least 0 and below 1",
         options.dropout);
  const double scale = options.scale.value_or(1 / std::sqrt(static_cast<double>(query.size(-1))));
  Tensor scores = matmul(query * scale, key.transpose());
  const auto nothing =
      Tensor::full({}, -std::numeric_limits<double>::infinity(), scores.dtype(), scores.device());
  const auto allowed = allowed_pairs(options, query.size(-2), key.size(-2), scores.device());
  const bool added = options.mask.defined() && options.mask.dtype() != DType::boolean;
  if (added) scores = scores + cast(options.mask, scores.dtype());
  if (allowed.defined()) scores = where(allowed, scores, nothing);
  if (!added && !allowed.defined()) return matmul(dropout(softmax(scores), options.dropout), value);
  // A row without any score has no softmax: its weights are 0, and no NaN comes near a gradient.
  const auto zero = operands::scalar(0, scores.dtype(), scores);
  const auto blind = all(scores == nothing, {-1}, true);
  const auto weights = where(blind, zero, softmax(where(blind, zero, scores)));
  return matmul(dropout(weights, options.dropout), value);
}

}  // namespace varve
