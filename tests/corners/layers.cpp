#include <cmath>

#include "framework/nn/batch_norm.h"
#include "framework/nn/embedding.h"
#include "framework/nn/init.h"
#include "framework/nn/layer_norm.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

Rows linear_rows() {
  return {
      {"Linear::forward",
       "infinities and NaN",
       {f({3, 2}, {inf, 1, inf, -inf, nan, 0})},
       [](const Tensors& x) { return ones<Linear>(x, {.out = 1}); },
       f({3, 1}, {inf, nan, nan})},
      {"Linear::forward",
       "no rows",
       {f({0, 2}, {})},
       [](const Tensors& x) { return ones<Linear>(x, {.in = 2, .out = 3}); },
       f({0, 3}, {})},
      {"Linear::forward",
       "one row without a batch axis, and its gradient",
       {f({1, 2})},
       [](const Tensors& x) { return ones<Linear>(x, {.out = 1}); },
       f({4}),
       {f({1, 1})}},
      {"Linear::forward",
       "another size",
       {f({1, 3}, {1, 2, 3})},
       [](const Tensors& x) { return ones<Linear>(x, {.in = 2, .out = 1}); },
       Refused{"[linear] the last size of (1, 3) must be 2"}},
      {"Linear::forward",
       "bytes",
       {u8({1, 2}, {1, 2})},
       [](const Tensors& x) {
         const DefaultDevice here(x[0].device());
         return Linear({.in = 2})(x[0]);
       },
       Refused{"[linear] needs f32 or f64 throughout"}},
      {"Linear::forward",
       "a scalar",
       {scalar(1)},
       [](const Tensors& x) { return ones<Linear>(x, {}); },
       Refused{"cannot infer its input size from an input of ()"}},
      refused(
          "Linear::Linear", "a negative size", [](const Tensor&) { Linear({.in = -1}); },
          "[Linear] a weight of"),
      refused(
          "Linear::Linear", "no outputs", [](const Tensor&) { Linear({.in = 1, .out = 0}); },
          "[Linear] a weight of"),
      refused(
          "Linear::Linear", "integer weights",
          [](const Tensor&) { Linear({.in = 1, .dtype = DType::i32}); },
          "[Linear] weights are f32 or f64, got i32"),
      fact("Linear::describe", "a size that is to be inferred",
           [](const Tensor&) { return Linear({.out = 3}).describe() == "Linear(? -> 3)"; }),
      fact("Affine::weight", "undefined until it is inferred",
           [](const Tensor&) { return !Linear({}).weight().defined(); }),
      fact("Affine::bias", "undefined where there is none",
           [](const Tensor&) { return !Linear({.in = 1, .bias = false}).bias().defined(); }),
  };
}

/// After one training batch, the running mean (or variance) of momentum 0.1.
Tensor running(const Tensors& x, bool mean) {
  const DefaultDevice here(x[0].device());
  BatchNorm layer({.dtype = x[0].dtype()});
  layer(x[0]);
  return mean ? layer.running_mean() : layer.running_variance();
}

Tensor evaluated(const Tensors& x, std::int64_t features) {
  const DefaultDevice here(x[0].device());
  BatchNorm layer({.features = features, .dtype = x[0].dtype()});
  layer.eval();
  return layer(x[0]);
}

Rows batch_norm_rows() {
  const double spread = 1 / std::sqrt(1 + 1e-5);
  return {
      {"BatchNorm::forward",
       "a constant feature",
       {f({3, 1}, {5, 5, 5})},
       [](const Tensors& x) { return ones<BatchNorm>(x, {}); },
       f({3, 1}, {1, 1, 1})},
      {"BatchNorm::forward",
       "one value a feature",
       {f({1, 2}, {1, 2})},
       [](const Tensors& x) { return ones<BatchNorm>(x, {}); },
       Refused{"[BatchNorm] a batch of (1, 2) has one value a feature"}},
      {"BatchNorm::forward",
       "training on none",
       {f({0, 2}, {})},
       [](const Tensors& x) { return ones<BatchNorm>(x, {}); },
       Refused{"[BatchNorm] a batch of (0, 2) has no value a feature"}},
      {"BatchNorm::forward",
       "evaluation of one and its gradient",
       {f({1, 2}, {1, inf})},
       [](const Tensors& x) { return evaluated(x, 2); },
       f({1, 2}, {spread, inf}),
       {f({1, 2}, {spread, spread})}},
      {"BatchNorm::forward",
       "evaluation of none",
       {f({0, 2}, {})},
       [](const Tensors& x) { return evaluated(x, 2); },
       f({0, 2}, {})},
      {"BatchNorm::forward",
       "evaluation of one feature is not broadcast to five",
       {f({2, 1}, {1, 2})},
       [](const Tensors& x) { return evaluated(x, 5); },
       Refused{"of (batch, ..., 5), got"}},
      {"BatchNorm::forward",
       "integers",
       {i32({2, 1}, {1, 2})},
       [](const Tensors& x) {
         const DefaultDevice here(x[0].device());
         return BatchNorm()(x[0]);
       },
       Refused{"[BatchNorm] needs f32 of (batch, ..., 1), got i32"}},
      {"BatchNorm::running_mean",
       "a NaN stays, as in PyTorch",
       {f({2, 2}, {1, nan, 3, 0})},
       [](const Tensors& x) { return running(x, true); },
       f({0.2, nan})},
      {"BatchNorm::running_variance",
       "two values, unbiased",
       {f({2, 1}, {1, 3})},
       [](const Tensors& x) { return running(x, false); },
       f({0.9 + 0.1 * 2})},
      refused(
          "BatchNorm::BatchNorm", "a momentum of NaN",
          [](const Tensor&) { BatchNorm({.momentum = nan}); }, "momentum = nan"),
      refused(
          "BatchNorm::BatchNorm", "an infinite epsilon",
          [](const Tensor&) { BatchNorm({.epsilon = inf}); }, "epsilon = inf"),
      refused(
          "BatchNorm::BatchNorm", "bool weights",
          [](const Tensor&) { BatchNorm({.dtype = DType::boolean}); }, "dtype = bool"),
      fact("BatchNorm::describe", "features that are to be inferred",
           [](const Tensor&) { return BatchNorm().describe() == "BatchNorm(?)"; }),
  };
}

Rows layer_norm_rows() {
  const double one = 0.5 / std::sqrt(0.25 + 1e-5);
  return {
      {"LayerNorm::forward",
       "a constant row, one element, an ordinary row",
       {f({2, 2}, {7, 7, 0, 1})},
       [](const Tensors& x) { return ones<LayerNorm>(x, {}); },
       f({2, 2}, {1, 1, 1 - one, 1 + one})},
      {"LayerNorm::forward",
       "one feature",
       {f({2, 1}, {1e30, -3})},
       [](const Tensors& x) { return ones<LayerNorm>(x, {}); },
       f({2, 1}, {1, 1}),
       {f({2, 1}, {0, 0})}},
      {"LayerNorm::forward",
       "infinities and NaN stay in their row",
       {f({3, 2}, {inf, 0, nan, 0, 0, 1})},
       [](const Tensors& x) { return ones<LayerNorm>(x, {}).slice(0, 2, 3); },
       f({1, 2}, {1 - one, 1 + one})},
      {"LayerNorm::forward",
       "no rows",
       {f({0, 2}, {})},
       [](const Tensors& x) { return ones<LayerNorm>(x, {}); },
       f({0, 2}, {})},
      {"LayerNorm::forward",
       "another size without weights",
       {f({1, 3}, {1, 2, 3})},
       [](const Tensors& x) { return ones<LayerNorm>(x, {.features = 2, .affine = false}); },
       Refused{"[LayerNorm] normalises 2 features, got an input of (1, 3)"}},
      refused(
          "LayerNorm::LayerNorm", "an epsilon of NaN",
          [](const Tensor&) { LayerNorm({.epsilon = nan}); }, "epsilon = nan"),
      refused(
          "LayerNorm::LayerNorm", "negative features",
          [](const Tensor&) { LayerNorm({.features = -1}); }, "features = -1"),
      fact("LayerNorm::describe", "features that are to be inferred",
           [](const Tensor&) { return LayerNorm().describe() == "LayerNorm(?)"; }),
  };
}

Tensor rows_of(const Tensors& x) {
  const DefaultDevice here(x[0].device());
  Embedding layer({.count = 2, .features = 2});
  init::constant(layer.weight(), 3);
  return layer(x[0]);
}

Rows embedding_rows() {
  return {
      {"Embedding::forward", "bytes", {u8({1})}, rows_of, f32({1, 2}, {3, 3})},
      {"Embedding::forward", "none", {i64({})}, rows_of, f32({0, 2}, {})},
      {"Embedding::forward", "a scalar", {i32({}, {1})}, rows_of, f32({3, 3})},
      {"Embedding::forward", "beyond the last row", {i32({2})}, rows_of, Refused{"[gather]"}},
      {"Embedding::forward", "below 0", {i64({-1})}, rows_of, Refused{"[gather]"}},
      {"Embedding::forward",
       "no integers",
       {f({1})},
       rows_of,
       Refused{"[Embedding] indices must be integers"}},
      {"Embedding::forward", "bool", {boolean({true})}, rows_of, Refused{"got bool"}},
      refused(
          "Embedding::Embedding", "no rows", [](const Tensor&) { Embedding({.count = 0}); },
          "[Embedding] count = 0"),
      fact("Embedding::weight", "its shape",
           [](const Tensor&) {
             return Embedding({.count = 2}).weight().shape() == Shape{2, 1};
           }),
      fact("Embedding::describe", "",
           [](const Tensor&) { return Embedding({.count = 2}).describe() == "Embedding(2, 1)"; }),
  };
}

Rows reshape_rows() {
  return {
      {"Flatten::forward",
       "no examples",
       {f({0, 2, 3}, {})},
       [](const Tensors& x) { return Flatten()(x[0]); },
       f({0, 6}, {})},
      {"Flatten::forward",
       "a scalar",
       {scalar(1)},
       [](const Tensors& x) { return Flatten()(x[0]); },
       Refused{"1"}},
      fact("Flatten::Flatten", "its words",
           [](const Tensor&) { return Flatten({.first_axis = 2}).describe() == "Flatten"; }),
      fact("Flatten::describe", "",
           [](const Tensor&) { return Flatten().describe() == "Flatten"; }),
      {"Reshape::forward",
       "no examples",
       {f({0, 6}, {})},
       [](const Tensors& x) {
         return Reshape({.shape = {2, 3}})(x[0]);
       },
       f({0, 2, 3}, {})},
      {"Reshape::forward",
       "sizes that do not fit",
       {f({1, 6}, {1, 2, 3, 4, 5, 6})},
       [](const Tensors& x) {
         return Reshape({.shape = {2, 2}})(x[0]);
       },
       Refused{"[reshape]"}},
      {"Reshape::forward",
       "a scalar",
       {scalar(1)},
       [](const Tensors& x) { return Reshape({.shape = {1}})(x[0]); },
       Refused{"[Reshape] a scalar has no batch axis"}},
      fact("Reshape::Reshape", "of a scalar an example",
           [](const Tensor& x) { return Reshape({.shape = {}})(x).shape() == Shape{1}; }),
      fact("Reshape::describe", "",
           [](const Tensor&) { return Reshape({.shape = {2}}).describe() == "Reshape(2)"; }),
  };
}

}  // namespace

Rows layer_rows() {
  Rows rows = linear_rows();
  for (const auto& more : {batch_norm_rows(), layer_norm_rows(), embedding_rows(), reshape_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
