#include <cmath>
#include <numbers>

#include "framework/ops/rules.h"
#include "framework/tensor/functional.h"

// One rule an op, in ordinary ops: grad() of a grad() works, on every backend.
namespace varve::gradients {
namespace {

using Context = GradientContext;

/// The gradient behind `activation`, for rows that apply one.
Tensor through_activation(const Context& c) {
  if (c.attributes.activation == Activation::identity) return c.grad();
  Attributes attributes;
  attributes.activation = c.attributes.activation;
  return apply1(Op::activation_gradient, {c.grad(), c.out()}, attributes);
}

/// All but the last axis joined.
Tensor as_matrix(const Tensor& x) {
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < x.rank(); ++i) rows *= x.shape()[i];
  return x.reshape({rows, x.size(-1)});
}

/// Sums over all axes but the last.
Tensor bias_gradient(const Tensor& g) { return sum(as_matrix(g), {0}); }

Tensor zero(const Tensor& like) { return Tensor::zeros({}, like.dtype(), like.device()); }

/// The gradient of one of two operands, elementwise; a tie goes to the first.
Tensors chosen(const Context& c, const Tensor& second) {
  return {c.needs(0) ? varve::where(second, zero(c.grad()), c.grad()) : Tensor(),
          c.needs(1) ? varve::where(second, c.grad(), zero(c.grad())) : Tensor()};
}

Tensor axis_sum(const Tensor& x, const Context& c) { return sum(x, c.attributes.axes, true); }

}  // namespace

Tensors copy(const Context& c) {
  return {is_floating(c.grad().dtype()) ? cast(c.grad(), c.in(0).dtype()) : Tensor()};
}
Tensors neg(const Context& c) { return {-c.grad()}; }
Tensors abs(const Context& c) {
  const auto sign =
      where(less(c.in(0), zero(c.in(0))), Tensor::full({}, -1, c.in(0).dtype(), c.in(0).device()),
            cast(less(zero(c.in(0)), c.in(0)), c.in(0).dtype()));
  return {c.grad() * sign};
}
Tensors exp(const Context& c) { return {c.grad() * c.out()}; }
Tensors expm1(const Context& c) { return {c.grad() * varve::exp(c.in(0))}; }
Tensors log(const Context& c) { return {c.grad() / c.in(0)}; }
Tensors log1p(const Context& c) { return {c.grad() / (c.in(0) + 1.0)}; }
Tensors sqrt(const Context& c) { return {c.grad() * 0.5 / c.out()}; }
Tensors sin(const Context& c) { return {c.grad() * varve::cos(c.in(0))}; }
Tensors cos(const Context& c) { return {-(c.grad() * varve::sin(c.in(0)))}; }
Tensors tanh(const Context& c) { return {c.grad() * (1.0 - square(c.out()))}; }
Tensors erf(const Context& c) {
  return {c.grad() * varve::exp(-square(c.in(0))) * (2.0 / std::sqrt(std::numbers::pi))};
}

Tensors add(const Context& c) { return {c.grad(), c.grad()}; }
Tensors sub(const Context& c) { return {c.grad(), c.needs(1) ? -c.grad() : Tensor()}; }
Tensors mul(const Context& c) {
  return {c.needs(0) ? c.grad() * c.in(1) : Tensor(), c.needs(1) ? c.grad() * c.in(0) : Tensor()};
}
Tensors div(const Context& c) {
  const auto first = c.grad() / c.in(1);
  return {first, c.needs(1) ? -(first * c.out()) : Tensor()};
}
Tensors pow(const Context& c) {
  const auto& a = c.in(0);
  const auto& b = c.in(1);
  Tensors result(2);
  if (c.needs(0)) {
    // d/da a^b = b a^(b - 1). a^0 is constant, at 0 and at infinity, too: the other factor is 1
    // then, in place of a^-1, and so it is in derivatives of higher order.
    const auto power = varve::where(equal(b, zero(b)), zero(b), b - 1.0);
    result[0] = c.grad() * b * varve::pow(a, power);
  }
  if (c.needs(1)) {
    // d/db a^b = a^b ln a; 0^b is constant for b > 0, and by convention at b = 0.
    const auto constant = varve::where(less(b, zero(b)), less(zero(a), zero(a)), equal(a, zero(a)));
    result[1] = c.grad() * varve::where(constant, zero(a), c.out() * varve::log(a));
  }
  return result;
}
Tensors maximum(const Context& c) { return chosen(c, less(c.in(0), c.in(1))); }
Tensors minimum(const Context& c) { return chosen(c, less(c.in(1), c.in(0))); }
Tensors where(const Context& c) {
  return {Tensor(), c.needs(1) ? varve::where(c.in(0), c.grad(), zero(c.grad())) : Tensor(),
          c.needs(2) ? varve::where(c.in(0), zero(c.grad()), c.grad()) : Tensor()};
}

Tensors sum(const Context& c) { return {c.grad().expand(c.in(0).shape())}; }
Tensors extremum(const Context& c) {
  const auto hit = cast(equal(c.in(0), c.out()), c.grad().dtype());  // ties share
  return {hit / axis_sum(hit, c) * c.grad()};
}

Tensors matmul(const Context& c) {
  return {c.needs(0) ? varve::matmul(c.grad(), c.in(1).transpose()) : Tensor(),
          c.needs(1) ? varve::matmul(c.in(0).transpose(), c.grad()) : Tensor()};
}

Tensors gather(const Context& c) {
  const auto& x = c.in(0);
  const auto nothing = Tensor::zeros(x.shape(), x.dtype(), x.device());
  return {varve::scatter_add(nothing, c.in(1), c.grad(), c.attributes.axes[0]), Tensor()};
}
Tensors scatter_add(const Context& c) {
  return {c.grad(), Tensor(),
          c.needs(2) ? varve::gather(c.grad(), c.in(1), c.attributes.axes[0]) : Tensor()};
}

Tensors unfold(const Context& c) {
  return {varve::fold(c.grad(), c.attributes.window, c.in(0).size(1), c.in(0).size(2))};
}
Tensors fold(const Context& c) { return {varve::unfold(c.grad(), c.attributes.window)}; }

Tensors sigmoid(const Context& c) { return {c.grad() * c.out() * (1.0 - c.out())}; }
Tensors softplus(const Context& c) { return {c.grad() * varve::sigmoid(c.in(0))}; }
Tensors square(const Context& c) { return {c.grad() * c.in(0) * 2.0}; }
Tensors reciprocal(const Context& c) { return {-(c.grad() * varve::square(c.out()))}; }

Tensors step(const Context& c) { return {zero(c.in(0)).expand(c.in(0).shape())}; }

Tensors atan2(const Context& c) {
  // (x, -y) / (x^2 + y^2), and 0 at the origin. What both are divided by keeps the squares in
  // range.
  const auto& y = c.in(0);
  const auto& x = c.in(1);
  const auto size = varve::maximum(varve::abs(y), varve::abs(x)).detach();
  const auto origin = equal(size, zero(size));
  const auto unit = varve::where(origin, zero(size) + 1.0, size);
  const auto v = y / unit;
  const auto u = x / unit;
  const auto scale =
      c.grad() / varve::where(origin, zero(size) + 1.0, unit * (square(u) + square(v)));
  return {c.needs(0) ? scale * u : Tensor(), c.needs(1) ? -(scale * v) : Tensor()};
}

Tensors lgamma(const Context& c) { return {c.grad() * varve::digamma(c.in(0))}; }
Tensors erfinv(const Context& c) {
  return {c.grad() * varve::exp(square(c.out())) * (0.5 * std::sqrt(std::numbers::pi))};
}

Tensors concat(const Context& c) {
  const auto axis = c.attributes.axes[0];
  Tensors result;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const auto size = c.in(i).size(axis);
    result.push_back(c.needs(i) ? c.grad().slice(axis, at, at + size) : Tensor());
    at += size;
  }
  return result;
}
Tensors slice_scatter(const Context& c) { return {apply1(Op::slice, {c.grad()}, c.attributes)}; }
Tensors diagonal_embed(const Context& c) { return {c.grad().diagonal()}; }
Tensors cumsum(const Context& c) {
  const auto axis = c.attributes.axes[0];
  return {varve::cumsum(c.grad().flip(axis), axis).flip(axis)};
}

Tensors softmax(const Context& c) {
  const auto weighted = c.grad() * c.out();
  return {weighted - c.out() * axis_sum(weighted, c)};
}
Tensors log_softmax(const Context& c) {
  return {c.grad() - varve::exp(c.out()) * axis_sum(c.grad(), c)};
}

Tensors linear(const Context& c) {
  const auto& x = c.in(0);
  const auto& w = c.in(1);
  const auto g = as_matrix(through_activation(c));
  Tensors result(c.inputs.size());
  if (c.needs(0)) result[0] = varve::matmul(g, w).reshape(x.shape());
  if (c.needs(1)) result[1] = varve::matmul(g.transpose(), as_matrix(x));
  if (c.inputs.size() > 2 && c.needs(2)) result[2] = varve::sum(g, {0});
  return result;
}

Tensors conv2d(const Context& c) {
  const auto g = through_activation(c);
  const auto& x = c.in(0);
  Attributes attributes;
  attributes.window = c.attributes.window;
  attributes.shape = {x.size(1), x.size(2)};
  Tensors result(c.inputs.size());
  if (c.needs(0)) result[0] = apply1(Op::conv_transpose2d, {g, c.in(1)}, attributes);
  if (c.needs(1)) result[1] = apply1(Op::conv2d_weight_gradient, {x, g}, attributes);
  if (c.inputs.size() > 2 && c.needs(2)) result[2] = bias_gradient(g);
  return result;
}
Tensors conv_transpose2d(const Context& c) {
  const auto g = through_activation(c);
  Attributes attributes;
  attributes.window = c.attributes.window;
  Tensors result(c.inputs.size());
  if (c.needs(0)) result[0] = apply1(Op::conv2d, {g, c.in(1)}, attributes);
  if (c.needs(1)) result[1] = apply1(Op::conv2d_weight_gradient, {g, c.in(0)}, attributes);
  if (c.inputs.size() > 2 && c.needs(2)) result[2] = bias_gradient(g);
  return result;
}
Tensors conv2d_weight_gradient(const Context& c) {
  const auto& x = c.in(0);
  Attributes attributes;
  attributes.window = c.attributes.window;
  attributes.shape = {x.size(1), x.size(2)};
  Tensors result(2);
  if (c.needs(0)) result[0] = apply1(Op::conv_transpose2d, {c.in(1), c.grad()}, attributes);
  if (c.needs(1)) result[1] = apply1(Op::conv2d, {x, c.grad()}, attributes);
  return result;
}

Tensors dropout(const Context& c) {
  return {apply1(Op::dropout, {c.grad(), c.in(1)}, c.attributes), Tensor()};
}
Tensors reparameterize(const Context& c) {
  const auto spread = varve::exp(c.in(1) * 0.5);
  return {c.grad(), c.needs(1) ? c.grad() * c.in(2) * spread * 0.5 : Tensor(),
          c.needs(2) ? c.grad() * spread : Tensor()};
}
Tensors bce_with_logits(const Context& c) {
  return {
      c.needs(0) ? apply1(Op::bce_with_logits_gradient, {c.in(0), c.in(1), c.grad()}) : Tensor(),
      c.needs(1) ? -(c.grad() * c.in(0)) : Tensor()};
}
Tensors gaussian_kl(const Context& c) {
  return {c.needs(0) ? c.grad() * c.in(0) : Tensor(),
          c.needs(1) ? c.grad() * varve::expm1(c.in(1)) * 0.5 : Tensor()};
}

Tensors solve_triangular(const Context& c) {
  // y = T^-1 b: db = T^-T g, dT = -tril(db y^T) (triu for an upper T).
  const auto db = varve::solve_triangular(c.in(0).transpose(), c.grad(), !c.attributes.lower);
  if (!c.needs(0)) return {Tensor(), db};
  const auto full = -varve::matmul(db, c.out().transpose());
  const auto n = c.in(0).size(-1);
  const auto& device = c.grad().device();
  const auto i = Tensor::arange(n, 0, 1, DType::i64, device);
  const auto outside = c.attributes.lower ? less(i.unsqueeze(1), i) : less(i, i.unsqueeze(1));
  return {varve::where(outside, zero(full), full), db};
}

Tensors global_norm(const Context& c) {
  // x / |x|, and 0 at 0, where the norm has a kink.
  const auto none = equal(c.out(), zero(c.out()));
  const auto scale = varve::where(none, zero(c.out()),
                                  c.grad() / varve::where(none, zero(c.out()) + 1.0, c.out()));
  Tensors result;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    result.push_back(c.needs(i) ? c.in(i)*scale : Tensor());
  return result;
}

Tensors reshape(const Context& c) { return {c.grad().reshape(c.in(0).shape())}; }
Tensors permute(const Context& c) {
  Axes inverse = c.attributes.axes;
  for (std::size_t i = 0; i < inverse.size(); ++i)
    inverse[static_cast<std::size_t>(c.attributes.axes[i])] = static_cast<std::int64_t>(i);
  return {c.grad().permute(inverse)};
}
Tensors expand(const Context& c) {
  const auto& from = c.in(0).shape();
  const auto& to = c.attributes.shape;
  const auto lead = to.size() - from.size();
  Axes axes;
  for (std::size_t i = 0; i < to.size(); ++i)
    if (i < lead || (from[i - lead] == 1 && to[i] != 1))
      axes.push_back(static_cast<std::int64_t>(i));
  if (axes.empty()) return {c.grad()};
  return {varve::sum(c.grad(), axes, true).reshape(from)};
}
Tensors slice(const Context& c) {
  Attributes attributes = c.attributes;
  attributes.shape = c.in(0).shape();
  return {apply1(Op::slice_scatter, {c.grad()}, attributes)};
}
Tensors diagonal(const Context& c) { return {diagonal_embed(c.grad())}; }

}  // namespace varve::gradients
