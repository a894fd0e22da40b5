#include <cmath>
#include <limits>
#include <utility>

#include "framework/ops/rules.h"
#include "framework/tensor/functional.h"

// What each fused op means, in other ops. Only required ops and views are used, directly or through
// other rows.
namespace varve::decompositions {
namespace {

/// [N, h, w, kh, kw, C] -> [N h w, kh kw C].
Tensor as_columns(const Tensor& windows) {
  const auto& s = windows.shape();
  return windows.reshape({s[0] * s[1] * s[2], s[3] * s[4] * s[5]});
}

Tensor with_bias(const Tensor& y, const Tensors& in, Activation activation) {
  return activate(in.size() > 2 ? y + in[2] : y, activation);
}

Tensor zeros_like(const Tensor& x, Shape shape) {
  return Tensor::zeros(shape, x.dtype(), x.device());
}

}  // namespace

Tensors sigmoid(const Tensors& in, const Attributes&) {
  const auto e = exp(-abs(in[0]));  // no overflow, and no digits lost, for any x
  const auto one = zeros_like(in[0], {}) + 1.0;
  return {where(less(in[0], zeros_like(in[0], {})), e, one) / (e + 1.0)};
}

Tensors softplus(const Tensors& in, const Attributes&) {
  return {relu(in[0]) + log1p(exp(-abs(in[0])))};
}

Tensors square(const Tensors& in, const Attributes&) { return {in[0] * in[0]}; }

Tensors reciprocal(const Tensors& in, const Attributes&) { return {1.0 / in[0]}; }

Tensors activation_gradient(const Tensors& in, const Attributes& attributes) {
  const auto& g = in[0];
  const auto& y = in[1];
  switch (attributes.activation) {
    case Activation::identity:
      return {g};
    case Activation::relu:
      return {where(less(zeros_like(y, {}), y), g, zeros_like(g, {}))};
    case Activation::tanh:
      return {g * (1.0 - y * y)};
    case Activation::sigmoid:
      return {g * y * (1.0 - y)};
  }
  return {g};
}

Tensors concat(const Tensors& in, const Attributes& attributes) {
  const auto axis = attributes.axes[0];
  Shape shape = in[0].shape();
  auto& size = shape[static_cast<std::size_t>(axis)];
  size = 0;
  for (const auto& part : in) size += part.size(axis);
  auto out = Tensor::empty(shape, in[0].dtype(), in[0].device());
  std::int64_t at = 0;
  for (const auto& part : in) {
    out.slice(axis, at, at + part.size(axis)).assign(part);
    at += part.size(axis);
  }
  return {out};
}

Tensors slice_scatter(const Tensors& in, const Attributes& attributes) {
  const auto out = zeros_like(in[0], attributes.shape);
  apply1(Op::slice, {out}, attributes).assign(in[0]);
  return {out};
}

Tensors diagonal_embed(const Tensors& in, const Attributes&) {
  Shape shape = in[0].shape();
  shape.push_back(shape.back());
  const auto out = zeros_like(in[0], shape);
  out.diagonal().assign(in[0]);
  return {out};
}

Tensors softmax(const Tensors& in, const Attributes& attributes) {
  if (in[0].numel() == 0) return {in[0]};
  const auto e = exp(in[0] - max(in[0], attributes.axes, true).detach());
  return {e / sum(e, attributes.axes, true)};
}

Tensors log_softmax(const Tensors& in, const Attributes& attributes) {
  if (in[0].numel() == 0) return {in[0]};
  const auto shifted = in[0] - max(in[0], attributes.axes, true).detach();
  return {shifted - log(sum(exp(shifted), attributes.axes, true))};
}

Tensors linear(const Tensors& in, const Attributes& attributes) {
  const auto& x = in[0];
  Shape shape = x.shape();
  shape[shape.size() - 1] = in[1].size(0);
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < x.rank(); ++i) rows *= x.shape()[i];
  const auto y = matmul(x.reshape({rows, x.shape().back()}), in[1].transpose()).reshape(shape);
  return {with_bias(y, in, attributes.activation)};
}

Tensors layer_norm(const Tensors& in, const Attributes& attributes) {
  const auto centred = in[0] - mean(in[0], {-1}, true);
  const auto deviation = sqrt(mean(square(centred), {-1}, true) + attributes.epsilon);
  return {centred / deviation * in[1] + in[2]};
}

Tensors batch_norm(const Tensors& in, const Attributes& attributes) {
  const auto& x = in[0];
  Axes axes;
  for (std::size_t i = 0; i + 1 < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const auto average = mean(x, axes);
  const auto centred = x - average;
  const auto spread = mean(square(centred), axes);
  return {centred / sqrt(spread + attributes.epsilon) * in[1] + in[2], average, spread};
}

Tensors conv2d(const Tensors& in, const Attributes& attributes) {
  const auto windows = unfold(in[0], attributes.window);
  const auto& s = windows.shape();
  const auto out = in[1].size(0);
  const auto weight = in[1].reshape({out, s[3] * s[4] * s[5]});
  const auto y = matmul(as_columns(windows), weight.transpose()).reshape({s[0], s[1], s[2], out});
  return {with_bias(y, in, attributes.activation)};
}

Tensors conv_transpose2d(const Tensors& in, const Attributes& attributes) {
  const auto& x = in[0].shape();
  const auto& w = in[1].shape();
  const auto columns =
      matmul(in[0].reshape({x[0] * x[1] * x[2], x[3]}), in[1].reshape({w[0], w[1] * w[2] * w[3]}));
  const auto y = fold(columns.reshape({x[0], x[1], x[2], w[1], w[2], w[3]}), attributes.window,
                      attributes.shape[0], attributes.shape[1]);
  return {with_bias(y, in, attributes.activation)};
}

Tensors conv2d_weight_gradient(const Tensors& in, const Attributes& attributes) {
  const auto windows = unfold(in[0], attributes.window);
  const auto& s = windows.shape();
  const auto& g = in[1].shape();
  const auto flat = in[1].reshape({g[0] * g[1] * g[2], g[3]});
  return {matmul(flat.transpose(), as_columns(windows)).reshape({g[3], s[3], s[4], s[5]})};
}

Tensors dropout(const Tensors& in, const Attributes& attributes) {
  const auto p = Tensor::scalar(attributes.probability, in[1].dtype(), in[1].device());
  return {
      where(less(in[1], p), zeros_like(in[0], {}), in[0] * (1.0 / (1.0 - attributes.probability)))};
}

Tensors reparameterize(const Tensors& in, const Attributes&) {
  return {in[0] + exp(in[1] * 0.5) * in[2]};
}

Tensors bce_with_logits(const Tensors& in, const Attributes&) {
  // -log of the probability of x: |l| with the weight that speaks against l, and what is left for
  // either. Without weight it is 0, for an infinite l, too.
  const auto& l = in[0];
  const auto zero = zeros_like(l, {});
  const auto against = where(less(l, zero), in[1], 1.0 - in[1]);
  const auto wrong = where(equal(against, zero), zero, against * abs(l));
  return {wrong + log1p(exp(-abs(l)))};
}

Tensors bce_with_logits_gradient(const Tensors& in, const Attributes&) {
  return {(sigmoid(in[0]) - in[1]) * in[2]};
}

Tensors gaussian_kl(const Tensors& in, const Attributes&) {
  // e^logvar - 1 is almost logvar near 0: expm1 keeps the digits of what is left. The limit, where
  // e^logvar is infinite already, keeps infinity - infinity away.
  const auto finite = minimum(in[1], zeros_like(in[1], {}) + 1e38);
  return {(square(in[0]) + (expm1(in[1]) - finite)) * 0.5};
}

Tensors solve_triangular(const Tensors& in, const Attributes& attributes) {
  // Substitution, row by row: y_i = (b_i - sum_j t_ij y_j) / t_ii.
  const auto& t = in[0];
  const auto& b = in[1];
  const auto n = t.size(-1);
  Tensors rows(static_cast<std::size_t>(n));
  Tensor done;  // the rows found so far, stacked in matrix order
  for (std::int64_t k = 0; k < n; ++k) {
    const auto i = attributes.lower ? k : n - 1 - k;
    auto rest = b.slice(-2, i, i + 1);
    if (done.defined()) {
      const auto coefficients = attributes.lower ? t.slice(-2, i, i + 1).slice(-1, 0, i)
                                                 : t.slice(-2, i, i + 1).slice(-1, i + 1, n);
      rest = rest - matmul(coefficients, done);
    }
    const auto row = rest / t.slice(-2, i, i + 1).slice(-1, i, i + 1);
    done = !done.defined()    ? row
           : attributes.lower ? varve::concat({done, row}, -2)
                              : varve::concat({row, done}, -2);
  }
  return {n == 0 ? b : done};
}

Tensors adam_step(const Tensors& in, const Attributes& a) {
  Tensor p = in[0];
  auto g = in[1];
  const auto& rate = in[4];
  const auto t = cast(in[5], p.dtype());
  if (a.weight_decay != 0) {
    if (a.decoupled) {
      p = p - rate * a.weight_decay * p;
    } else {
      g = g + p * a.weight_decay;
    }
  }
  const auto m = in[2] * a.beta1 + g * (1 - a.beta1);
  const auto v = in[3] * a.beta2 + g * g * (1 - a.beta2);
  const auto correction1 = -expm1(t * std::log(a.beta1));  // 1 - beta^t
  const auto correction2 = -expm1(t * std::log(a.beta2));
  const auto step = rate / correction1 * m / (sqrt(v / correction2) + a.epsilon);
  if (in.size() == 6) return {p - step, m, v};
  const auto moves = equal(in[6], zeros_like(in[6], {}));
  return {where(moves, p - step, in[0]), where(moves, m, in[2]), where(moves, v, in[3])};
}

/// Of x over the greatest |x|, whose squares stay within the range of the dtype.
Tensors global_norm(const Tensors& in, const Attributes&) {
  Tensor peak = zeros_like(in[0], {});
  for (const auto& x : in)
    if (x.numel() > 0) peak = maximum(peak, max(abs(x.detach())));
  const auto [least, most] =
      in[0].dtype() == DType::f64
          ? std::pair(std::numeric_limits<double>::min(), std::numeric_limits<double>::max())
          : std::pair<double, double>(std::numeric_limits<float>::min(),
                                      std::numeric_limits<float>::max());
  const auto one = zeros_like(in[0], {}) + 1.0;
  const auto usable = less(peak, zeros_like(in[0], {}) + most);
  const auto scale = where(usable, maximum(peak, one * least), one);
  Tensor total;
  for (const auto& x : in) {
    const auto part = sum(square(x / scale));
    total = total.defined() ? total + part : part;
  }
  return {scale * sqrt(total)};
}

}  // namespace varve::decompositions
