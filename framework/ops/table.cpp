#include "framework/ops/table.h"

#include <array>

#include "framework/core/error.h"
#include "framework/ops/rules.h"

namespace varve {
namespace {

namespace s = shapes;
namespace g = gradients;
namespace d = decompositions;
namespace v = views;
using enum OpFamily;

constexpr Tolerance exact{0, 0};
constexpr Tolerance rounding{1e-6, 1e-5};
constexpr Tolerance sums{1e-5, 1e-4};   // many terms
constexpr Tolerance draws{1e-5, 1e-5};  // r cos(2 pi u): the angle is rounded before the cosine

constexpr OpTraits pointwise{.elementwise = true};
constexpr OpTraits adding{.accumulates = true};
constexpr OpTraits in_place{.overwrites = true};

// The one table. A row: op, name, family, arity, shape rule, gradient, decomposition, view rule,
// tolerance, meaning, traits. Required rows have no decomposition, fused rows have one, view rows
// have a view rule. Order is that of enum Op.
// clang-format off
constexpr std::array<OpRow, op_count> table{{
    {Op::fill, "fill", creation, 0, 0, s::created, no_gradient, {}, {}, exact, "every element is `value`", pointwise},
    {Op::copy, "copy", creation, 1, 1, s::copy, g::copy, {}, {}, exact, "the input, cast to `dtype`", pointwise},
    {Op::iota, "iota", creation, 0, 0, s::created, no_gradient, {}, {}, rounding, "value + step i"},
    {Op::random, "random", creation, 1, 1, s::created, no_gradient, {}, {}, draws, "Philox draws: 24 bits in f32, 53 in f64"},

    {Op::neg, "neg", unary, 1, 1, s::elementwise, g::neg, {}, {}, exact, "-x", pointwise},
    {Op::abs, "abs", unary, 1, 1, s::elementwise, g::abs, {}, {}, exact, "|x|", pointwise},
    {Op::exp, "exp", unary, 1, 1, s::elementwise, g::exp, {}, {}, rounding, "e^x", pointwise},
    {Op::expm1, "expm1", unary, 1, 1, s::elementwise, g::expm1, {}, {}, rounding, "e^x - 1", pointwise},
    {Op::log, "log", unary, 1, 1, s::elementwise, g::log, {}, {}, rounding, "ln x", pointwise},
    {Op::log1p, "log1p", unary, 1, 1, s::elementwise, g::log1p, {}, {}, rounding, "ln(1 + x)", pointwise},
    {Op::sqrt, "sqrt", unary, 1, 1, s::elementwise, g::sqrt, {}, {}, rounding, "square root", pointwise},
    {Op::sin, "sin", unary, 1, 1, s::elementwise, g::sin, {}, {}, rounding, "sine", pointwise},
    {Op::cos, "cos", unary, 1, 1, s::elementwise, g::cos, {}, {}, rounding, "cosine", pointwise},
    {Op::tanh, "tanh", unary, 1, 1, s::elementwise, g::tanh, {}, {}, rounding, "hyperbolic tangent", pointwise},
    {Op::erf, "erf", unary, 1, 1, s::elementwise, g::erf, {}, {}, rounding, "error function", pointwise},

    {Op::add, "add", binary, 2, 2, s::elementwise, g::add, {}, {}, rounding, "a + b", pointwise},
    {Op::sub, "sub", binary, 2, 2, s::elementwise, g::sub, {}, {}, rounding, "a - b", pointwise},
    {Op::mul, "mul", binary, 2, 2, s::elementwise, g::mul, {}, {}, rounding, "a b", pointwise},
    {Op::div, "div", binary, 2, 2, s::elementwise, g::div, {}, {}, rounding, "a / b", pointwise},
    {Op::pow, "pow", binary, 2, 2, s::elementwise, g::pow, {}, {}, sums, "a^b", pointwise},
    {Op::maximum, "maximum", binary, 2, 2, s::elementwise, g::maximum, {}, {}, exact, "the larger; NaN if either is", pointwise},
    {Op::minimum, "minimum", binary, 2, 2, s::elementwise, g::minimum, {}, {}, exact, "the smaller; NaN if either is", pointwise},
    {Op::less, "less", binary, 2, 2, s::comparison, no_gradient, {}, {}, exact, "a < b", pointwise},
    {Op::equal, "equal", binary, 2, 2, s::comparison, no_gradient, {}, {}, exact, "a == b", pointwise},

    {Op::where, "where", ternary, 3, 3, s::where, g::where, {}, {}, exact, "condition ? a : b", pointwise},

    {Op::sum, "sum", reduce, 1, 1, s::reduce, g::sum, {}, {}, sums, "sum over `axes`, kept as size 1", adding},
    {Op::max, "max", reduce, 1, 1, s::reduce, g::extremum, {}, {}, exact, "maximum over `axes`, kept as size 1"},
    {Op::min, "min", reduce, 1, 1, s::reduce, g::extremum, {}, {}, exact, "minimum over `axes`, kept as size 1"},
    {Op::argmax, "argmax", reduce, 1, 1, s::argmax, no_gradient, {}, {}, exact, "index of the first maximum"},

    {Op::matmul, "matmul", OpFamily::matmul, 2, 2, s::matmul, g::matmul, {}, {}, sums, "batched matrix product", adding},

    {Op::gather, "gather", index, 2, 2, s::gather, g::gather, {}, {}, exact, "elements named along an axis"},
    {Op::scatter_add, "scatter_add", index, 3, 3, s::scatter_add, g::scatter_add, {}, {}, sums, "adds at named places", adding},

    {Op::unfold, "unfold", window, 1, 1, s::unfold, g::unfold, {}, {}, exact, "all windows of an image (im2col)"},
    {Op::fold, "fold", window, 1, 1, s::fold, g::fold, {}, {}, sums, "sums windows into an image (col2im)", adding},

    {Op::sigmoid, "sigmoid", fused, 1, 1, s::elementwise, g::sigmoid, d::sigmoid, {}, rounding, "1 / (1 + e^-x)", pointwise},
    {Op::softplus, "softplus", fused, 1, 1, s::elementwise, g::softplus, d::softplus, {}, rounding, "ln(1 + e^x)", pointwise},
    {Op::square, "square", fused, 1, 1, s::elementwise, g::square, d::square, {}, rounding, "x^2", pointwise},
    {Op::reciprocal, "reciprocal", fused, 1, 1, s::elementwise, g::reciprocal, d::reciprocal, {}, rounding, "1 / x", pointwise},
    {Op::floor, "floor", fused, 1, 1, s::elementwise, g::step, d::floor, {}, exact, "the next whole number below", pointwise},
    {Op::ceil, "ceil", fused, 1, 1, s::elementwise, g::step, d::ceil, {}, exact, "the next whole number above", pointwise},
    {Op::round, "round", fused, 1, 1, s::elementwise, g::step, d::round, {}, exact, "the nearest whole number, half to even", pointwise},
    {Op::trunc, "trunc", fused, 1, 1, s::elementwise, g::step, d::trunc, {}, exact, "the next whole number towards 0", pointwise},
    {Op::sign, "sign", fused, 1, 1, s::elementwise, g::step, d::sign, {}, exact, "-1, 0 or 1", pointwise},
    {Op::atan2, "atan2", fused, 2, 2, s::elementwise, g::atan2, d::atan2, {}, rounding, "the angle of the point (x, y), of y and x", pointwise},
    {Op::lgamma, "lgamma", fused, 1, 1, s::elementwise, g::lgamma, d::lgamma, {}, rounding, "ln |Gamma(x)|", pointwise},
    {Op::digamma, "digamma", fused, 1, 1, s::elementwise, gradient_of_decomposition, d::digamma, {}, rounding, "d/dx ln Gamma(x)", pointwise},
    {Op::erfinv, "erfinv", fused, 1, 1, s::elementwise, g::erfinv, d::erfinv, {}, rounding, "y with erf(y) = x", pointwise},
    {Op::activation_gradient, "activation_gradient", fused, 2, 2, s::elementwise, gradient_of_decomposition, d::activation_gradient, {}, rounding, "gradient through `activation`, from its result", pointwise},
    {Op::concat, "concat", fused, 1, -1, s::concat, g::concat, d::concat, {}, exact, "joins along an axis"},
    {Op::slice_scatter, "slice_scatter", fused, 1, 1, s::slice_scatter, g::slice_scatter, d::slice_scatter, {}, exact, "zeros with the input at a slice"},
    {Op::diagonal_embed, "diagonal_embed", fused, 1, 1, s::diagonal_embed, g::diagonal_embed, d::diagonal_embed, {}, exact, "zeros with the input on the diagonal"},
    {Op::cumsum, "cumsum", fused, 1, 1, s::any_along_axis, g::cumsum, d::cumsum, {}, sums, "sums of all up to each along an axis", adding},
    {Op::argsort, "argsort", fused, 1, 1, s::argsort, no_gradient, d::argsort, {}, exact, "the stable order along an axis, NaN last"},
    {Op::softmax, "softmax", fused, 1, 1, s::along_axis, g::softmax, d::softmax, {}, rounding, "e^x / sum e^x"},
    {Op::log_softmax, "log_softmax", fused, 1, 1, s::along_axis, g::log_softmax, d::log_softmax, {}, rounding, "x - ln sum e^x"},
    {Op::linear, "linear", fused, 2, 3, s::linear, g::linear, d::linear, {}, sums, "activation(x W^T + b)", adding},
    {Op::layer_norm, "layer_norm", fused, 3, 3, s::layer_norm, gradient_of_decomposition, d::layer_norm, {}, sums, "zero mean, unit variance over the last axis"},
    {Op::batch_norm, "batch_norm", fused, 3, 3, s::batch_norm, gradient_of_decomposition, d::batch_norm, {}, sums, "zero mean, unit variance per feature over the batch"},
    {Op::conv2d, "conv2d", fused, 2, 3, s::conv2d, g::conv2d, d::conv2d, {}, sums, "activation(x * W + b)", adding},
    {Op::conv_transpose2d, "conv_transpose2d", fused, 2, 3, s::conv_transpose2d, g::conv_transpose2d, d::conv_transpose2d, {}, sums, "the transpose of conv2d", adding},
    {Op::conv2d_weight_gradient, "conv2d_weight_gradient", fused, 2, 2, s::conv2d_weight_gradient, g::conv2d_weight_gradient, d::conv2d_weight_gradient, {}, sums, "correlation of image and gradient", adding},
    {Op::dropout, "dropout", fused, 2, 2, s::elementwise, g::dropout, d::dropout, {}, rounding, "u < p ? 0 : x / (1 - p)", pointwise},
    {Op::reparameterize, "reparameterize", fused, 3, 3, s::elementwise, g::reparameterize, d::reparameterize, {}, rounding, "mu + e^(logvar / 2) eps", pointwise},
    {Op::bce_with_logits, "bce_with_logits", fused, 2, 2, s::elementwise, g::bce_with_logits, d::bce_with_logits, {}, rounding, "softplus(l) - x l", pointwise},
    {Op::bce_with_logits_gradient, "bce_with_logits_gradient", fused, 3, 3, s::elementwise, gradient_of_decomposition, d::bce_with_logits_gradient, {}, rounding, "(sigmoid(l) - x) g", pointwise},
    {Op::gaussian_kl, "gaussian_kl", fused, 2, 2, s::elementwise, g::gaussian_kl, d::gaussian_kl, {}, rounding, "(mu^2 + e^logvar - 1 - logvar) / 2", pointwise},
    {Op::solve_triangular, "solve_triangular", fused, 2, 2, s::solve_triangular, g::solve_triangular, d::solve_triangular, {}, sums, "y with T y = b"},
    {Op::adam_step, "adam_step", fused, 6, 7, s::adam_step, no_gradient, d::adam_step, {}, sums, "one Adam or AdamW step", in_place},
    {Op::global_norm, "global_norm", fused, 1, -1, s::global_norm, g::global_norm, d::global_norm, {}, sums, "root of the sum of all squares"},

    {Op::reshape, "reshape", view, 1, 1, s::reshape, g::reshape, {}, v::reshape, exact, "another shape, same order"},
    {Op::permute, "permute", view, 1, 1, s::permute, g::permute, {}, v::permute, exact, "axes in another order"},
    {Op::expand, "expand", view, 1, 1, s::expand, g::expand, {}, v::expand, exact, "repeats by stride 0"},
    {Op::slice, "slice", view, 1, 1, s::slice, g::slice, {}, v::slice, exact, "a regular part"},
    {Op::diagonal, "diagonal", view, 1, 1, s::diagonal, g::diagonal, {}, v::diagonal, exact, "the diagonal of the last two axes"},
}};
// clang-format on

}  // namespace

void check_row(const OpRow& row) {
  if (!row.shapes) fail(ErrorKind::usage, "[op table] '{}' has no shape rule", row.name);
  if (!row.gradient)
    fail(ErrorKind::usage,
         "[op table] '{}' has no gradient rule: name one, or no_gradient to say that there is none",
         row.name);
  if ((row.family == fused) != (row.decomposition != nullptr))
    fail(ErrorKind::usage, "[op table] '{}': fused rows, and only they, have a decomposition",
         row.name);
  if ((row.family == view) != (row.view != nullptr))
    fail(ErrorKind::usage, "[op table] '{}': view rows, and only they, have a view rule", row.name);
  if (row.traits.elementwise && row.max_arity > 3)
    fail(ErrorKind::usage, "[op table] '{}': elementwise rows have at most 3 inputs", row.name);
}

std::span<const OpRow> op_table() {
  static const bool checked = [] {
    for (std::size_t i = 0; i < op_count; ++i) {
      check_row(table[i]);
      if (static_cast<std::size_t>(table[i].op) != i)
        fail(ErrorKind::usage, "[op table] '{}' is out of order", table[i].name);
    }
    return true;
  }();
  static_cast<void>(checked);
  return table;
}

const OpRow& row(Op op) { return op_table()[static_cast<std::size_t>(op)]; }

std::string_view name(Op op) { return row(op).name; }

std::string_view name(Activation activation) {
  static constexpr std::array<std::string_view, 4> names{"identity", "relu", "tanh", "sigmoid"};
  return names[static_cast<std::size_t>(activation)];
}

Tensors no_gradient(const GradientContext& context) { return Tensors(context.inputs.size()); }

Tensors gradient_of_decomposition(const GradientContext& context) {
  // With create_graph the inputs stay connected, through a view each, so that one tensor used twice
  // counts as two; without, the graph ends at detached handles.
  Tensors inputs = context.inputs;
  const bool create_graph = grad_enabled();
  Tensors wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (create_graph) {
      Attributes same;
      same.shape = inputs[i].shape();
      if (context.needs(i)) inputs[i] = apply1(Op::reshape, {inputs[i]}, same);
    } else {
      inputs[i] = inputs[i].detach();
      if (context.needs(i)) inputs[i].set_requires_grad();
    }
    if (context.needs(i)) wanted.push_back(inputs[i]);
  }
  Tensors outputs;
  {
    const EnableGrad guard;
    outputs = row(context.op).decomposition(inputs, context.attributes);
  }
  const auto found = grad(outputs, context.grads, wanted, create_graph);
  Tensors result(inputs.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (context.needs(i)) result[i] = found[next++];
  return result;
}

}  // namespace varve
