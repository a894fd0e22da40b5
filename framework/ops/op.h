#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "framework/core/dtype.h"
#include "framework/core/shape.h"

namespace varve {

/// Every op, grouped by family. What each one means stands in `table.cpp`, a row an op.
enum class Op : std::uint8_t {
  // Required of every backend.
  fill,
  copy,
  iota,
  random,  // creation
  neg,
  abs,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  sin,
  cos,
  tanh,
  erf,  // unary
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  less,
  equal,  // binary, broadcasting by strides
  where,  // ternary
  sum,
  max,
  min,
  argmax,  // reductions
  matmul,  // batched
  gather,
  scatter_add,  // indexing
  unfold,
  fold,  // windows (im2col, col2im)

  // Fused: a backend may have a kernel; otherwise the decomposition runs.
  sigmoid,
  softplus,
  square,
  reciprocal,
  floor,
  ceil,
  round,
  trunc,
  sign,
  atan2,
  lgamma,
  digamma,
  erfinv,
  activation_gradient,
  concat,
  slice_scatter,
  diagonal_embed,
  cumsum,
  argsort,
  softmax,
  log_softmax,
  linear,
  layer_norm,
  batch_norm,
  conv2d,
  conv_transpose2d,
  conv2d_weight_gradient,
  dropout,
  reparameterize,
  bce_with_logits,
  bce_with_logits_gradient,
  gaussian_kl,
  solve_triangular,
  adam_step,
  global_norm,

  // Views: made in front of the backends, which never see them.
  reshape,
  permute,
  expand,
  slice,
  diagonal,

  count_,
};
inline constexpr std::size_t op_count = static_cast<std::size_t>(Op::count_);

/// The elementwise function that linear and convolution rows apply to their result.
enum class Activation : std::uint8_t { identity, relu, tanh, sigmoid };

enum class Distribution : std::uint8_t { uniform, normal };

/// Window of convolutions and pooling, (height, width).
struct Window {
  std::int64_t kernel[2] = {1, 1};
  std::int64_t stride[2] = {1, 1};
  std::int64_t padding[2] = {0, 0};
  friend bool operator==(const Window&, const Window&) = default;
};

/// The constants of one command. An op reads the fields that its row in the table names; the rest
/// keep their defaults, so that two commands can be compared.
struct Attributes {
  double value = 0;         ///< fill: the value; iota: the first; unfold: what lies outside
  double step = 1;          ///< iota
  double epsilon = 0;       ///< norms, adam_step
  double probability = 0;   ///< dropout: of a zero
  double beta1 = 0;         ///< adam_step
  double beta2 = 0;         ///< adam_step
  double weight_decay = 0;  ///< adam_step
  bool decoupled = false;   ///< adam_step: AdamW's decay
  bool lower = true;        ///< solve_triangular
  Axes axes;    ///< reductions, permute; the one axis of argmax, softmax, gather, concat
  Shape shape;  ///< of the result: fill, iota, random, reshape, expand, slice_scatter;
                ///< its height and width: fold, conv_transpose2d
  Dims start, stop, stride;  ///< slice, slice_scatter: an entry a dimension
  DType dtype = DType::f32;  ///< fill, copy (the cast), iota, random: of the result
  Distribution distribution = Distribution::uniform;
  Activation activation = Activation::identity;
  Window window;

  friend bool operator==(const Attributes&, const Attributes&) = default;
};

/// "matmul", "conv2d".
std::string_view name(Op op);
/// "relu".
std::string_view name(Activation activation);

}  // namespace varve
