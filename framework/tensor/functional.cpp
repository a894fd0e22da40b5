#include "framework/tensor/functional.h"

#include <limits>
#include <numbers>

#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve {
namespace {

Tensor scalar_like(const Tensor& x, double value) {
  const bool whole = value == static_cast<double>(static_cast<std::int64_t>(value));
  const auto dtype = is_floating(x.dtype()) || whole ? x.dtype() : DType::f32;
  return Tensor::full({}, value, dtype, x.device());
}

Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : cast(x, DType::f32); }

Tensor float_unary(Op op, const Tensor& x) { return apply1(op, {floating(x)}); }

Tensor binary(Op op, const Tensor& a, const Tensor& b) {
  const auto dtype = promote(a.dtype(), b.dtype());
  const auto shape = broadcast(a.shape(), b.shape(), name(op).data());
  return apply1(op, {cast(a, dtype).expand(shape), cast(b, dtype).expand(shape)});
}

/// Removes reduced axes, which the ops keep as size 1.
Tensor finish_reduction(const Tensor& reduced, const Axes& axes, bool keep_dims) {
  if (keep_dims) return reduced;
  if (axes.empty()) return reduced.reshape({});
  std::array<bool, Dims::max_rank> dropped{};
  for (const auto axis : axes) dropped[normalize_axis(axis, reduced.rank(), "reduce")] = true;
  Shape shape;
  for (std::size_t i = 0; i < reduced.rank(); ++i)
    if (!dropped[i]) shape.push_back(reduced.shape()[i]);
  return reduced.reshape(shape);
}

Tensor reduction(Op op, const Tensor& x, const Axes& axes) {
  Attributes attributes;
  attributes.axes = axes;
  return apply1(op, {x}, attributes);
}

double reduced_count(const Tensor& x, const Axes& axes) {
  if (axes.empty()) return static_cast<double>(x.numel());
  double count = 1;
  for (const auto axis : axes) count *= static_cast<double>(x.size(axis));
  return count;
}

/// The height or width whose windows are as many as `count`: what a transposed convolution makes.
std::int64_t transposed_size(std::int64_t count, std::int64_t kernel, const Window& window,
                             int axis, std::int64_t output_padding) {
  const char* op = "conv_transpose2d";
  const auto reach = checked_mul(count - 1, window.stride[axis], op);
  const auto cut = checked_mul(-2, window.padding[axis], op);
  return checked_add(checked_add(reach, cut, op), checked_add(kernel, output_padding, op), op);
}

Attributes with_axis(std::int64_t axis) {
  Attributes attributes;
  attributes.axes = {axis};
  return attributes;
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Attributes attributes;
  attributes.dtype = dtype;
  return apply1(Op::copy, {x}, attributes);
}

Tensor neg(const Tensor& x) { return apply1(Op::neg, {x}); }
Tensor abs(const Tensor& x) { return apply1(Op::abs, {x}); }
Tensor exp(const Tensor& x) { return float_unary(Op::exp, x); }
Tensor log(const Tensor& x) { return float_unary(Op::log, x); }
Tensor log1p(const Tensor& x) { return float_unary(Op::log1p, x); }
Tensor sqrt(const Tensor& x) { return float_unary(Op::sqrt, x); }
Tensor sin(const Tensor& x) { return float_unary(Op::sin, x); }
Tensor cos(const Tensor& x) { return sin(x + std::numbers::pi / 2); }
Tensor tanh(const Tensor& x) { return float_unary(Op::tanh, x); }
Tensor erf(const Tensor& x) { return float_unary(Op::erf, x); }
Tensor square(const Tensor& x) { return float_unary(Op::square, x); }
Tensor reciprocal(const Tensor& x) { return float_unary(Op::reciprocal, x); }
Tensor sigmoid(const Tensor& x) { return float_unary(Op::sigmoid, x); }
Tensor softplus(const Tensor& x) { return float_unary(Op::softplus, x); }
Tensor relu(const Tensor& x) { return maximum(scalar_like(x, 0), x); }  // the gradient at 0 is 0

Tensor leaky_relu(const Tensor& x, double slope) {
  return where(less(x, scalar_like(x, 0)), x * slope, x);
}

Tensor elu(const Tensor& x, double alpha) {
  const auto zero = scalar_like(x, 0);
  return where(less(x, zero), (exp(minimum(x, zero)) - 1.0) * alpha, x);
}

Tensor silu(const Tensor& x) { return x * sigmoid(x); }

Tensor gelu(const Tensor& x) { return x * 0.5 * (erf(x * (1.0 / std::numbers::sqrt2)) + 1.0); }

Tensor clamp(const Tensor& x, double low, double high) {
  return minimum(maximum(x, scalar_like(x, low)), scalar_like(x, high));
}

Tensor activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::identity:
      return x;
    case Activation::relu:
      return relu(x);
    case Activation::tanh:
      return tanh(x);
    case Activation::sigmoid:
      return sigmoid(x);
  }
  return x;
}

Tensor add(const Tensor& a, const Tensor& b) { return binary(Op::add, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return binary(Op::sub, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return binary(Op::mul, a, b); }
Tensor div(const Tensor& a, const Tensor& b) { return binary(Op::div, a, b); }
Tensor pow(const Tensor& a, const Tensor& b) { return binary(Op::pow, floating(a), b); }
Tensor pow(const Tensor& a, double exponent) {
  if (exponent == 1.0) return a;
  if (exponent == 2.0) return square(a);
  if (exponent == 0.5) return sqrt(a);
  return pow(a, Tensor::full({}, exponent, floating(a).dtype(), a.device()));
}
Tensor maximum(const Tensor& a, const Tensor& b) { return binary(Op::maximum, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return -maximum(-a, -b); }
Tensor less(const Tensor& a, const Tensor& b) { return binary(Op::less, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return binary(Op::less, b, a); }
Tensor equal(const Tensor& a, const Tensor& b) { return binary(Op::equal, a, b); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const auto dtype = promote(a.dtype(), b.dtype());
  const auto shape =
      broadcast(condition.shape(), broadcast(a.shape(), b.shape(), "where"), "where");
  return apply1(Op::where, {cast(condition, DType::boolean).expand(shape),
                            cast(a, dtype).expand(shape), cast(b, dtype).expand(shape)});
}

Tensor sum(const Tensor& x, Axes axes, bool keep_dims) {
  const bool narrow = x.dtype() == DType::boolean || x.dtype() == DType::u8;
  return finish_reduction(reduction(Op::sum, narrow ? cast(x, DType::i64) : x, axes), axes,
                          keep_dims);
}

Tensor mean(const Tensor& x, Axes axes, bool keep_dims) {
  const auto values = floating(x);
  return sum(values, axes, keep_dims) * (1.0 / reduced_count(values, axes));
}

Tensor max(const Tensor& x, Axes axes, bool keep_dims) {
  if (reduced_count(x, axes) == 0)
    fail(ErrorKind::usage, "[max] of no elements: {}", x.shape().str());
  return finish_reduction(reduction(Op::max, x, axes), axes, keep_dims);
}

Tensor min(const Tensor& x, Axes axes, bool keep_dims) { return -max(-x, axes, keep_dims); }

Tensor variance(const Tensor& x, Axes axes, bool keep_dims) {
  return mean(square(x - mean(x, axes, true)), axes, keep_dims);
}

Tensor logsumexp(const Tensor& x, Axes axes, bool keep_dims) {
  const auto peak = max(x, axes, true).detach();
  const auto result = log(sum(exp(x - peak), axes, true)) + peak;
  return finish_reduction(result, axes, keep_dims);
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keep_dims) {
  return finish_reduction(reduction(Op::argmax, x, {axis}), {axis}, keep_dims);
}

Tensor global_norm(const Tensors& xs) { return apply1(Op::global_norm, xs); }

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.rank() < 2 || b.rank() < 2 || (a.rank() == 2 && b.rank() == 2))
    return apply1(Op::matmul, {a, b});
  const auto lead = [](const Tensor& x) {
    return Shape(std::span<const std::int64_t>(x.shape().begin(), x.rank() - 2));
  };
  const auto batch = broadcast(lead(a), lead(b), "matmul");
  const auto widen = [&](const Tensor& x) {
    Shape shape = batch;
    shape.push_back(x.size(-2));
    shape.push_back(x.size(-1));
    return x.expand(shape);
  };
  return apply1(Op::matmul, {widen(a), widen(b)});
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation) {
  Attributes attributes;
  attributes.activation = activation;
  return apply1(Op::linear, bias.defined() ? Tensors{x, weight, bias} : Tensors{x, weight},
                attributes);
}

Tensor solve_triangular(const Tensor& t, const Tensor& b, bool lower) {
  Attributes attributes;
  attributes.lower = lower;
  return apply1(Op::solve_triangular, {t, b}, attributes);
}

Tensor take(const Tensor& x, const Tensor& indices) {
  if (x.rank() == 0) fail(ErrorKind::usage, "[take] needs rows to take from, got a scalar");
  Shape row = x.shape();
  row.erase(0);
  Shape flat = Dims::filled(x.rank(), 1);
  flat[0] = indices.numel();
  Shape wide = x.shape();
  wide[0] = indices.numel();
  Shape result = indices.shape();
  for (const auto size : row) result.push_back(size);
  return gather(x, indices.reshape(flat).expand(wide), 0).reshape(result);
}

Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis) {
  return apply1(Op::gather, {x, index}, with_axis(axis));
}

Tensor scatter_add(const Tensor& x, const Tensor& index, const Tensor& source, std::int64_t axis) {
  return apply1(Op::scatter_add, {x, index, source}, with_axis(axis));
}

Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype) {
  const auto range = Tensor::arange(classes, 0, 1, indices.dtype(), indices.device());
  return cast(equal(indices.unsqueeze(-1), range), dtype);
}

Tensor diagonal_embed(const Tensor& x) { return apply1(Op::diagonal_embed, {x}); }

Tensor concat(const Tensors& parts, std::int64_t axis) {
  if (parts.empty()) fail(ErrorKind::usage, "[concat] of no tensors");
  return apply1(Op::concat, parts, with_axis(axis));
}

Tensor stack(const Tensors& parts, std::int64_t axis) {
  Tensors raised;
  for (const auto& part : parts) raised.push_back(part.unsqueeze(axis));
  return concat(raised, axis);
}

Tensor pad(const Tensor& x, Dims before, Dims after, double value) {
  if (before.size() != x.rank() || after.size() != x.rank())
    fail(ErrorKind::usage, "[pad] needs {} entries, an axis each, got {} and {}", x.rank(),
         before.size(), after.size());
  Attributes attributes;
  attributes.start = before;
  attributes.stride = Dims::filled(x.rank(), 1);
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (before[i] < 0 || after[i] < 0)
      fail(ErrorKind::usage, "[pad] cannot pad by less than 0; slice() cuts");
    attributes.stop.push_back(checked_add(before[i], x.shape()[i], "pad"));
    attributes.shape.push_back(checked_add(attributes.stop[i], after[i], "pad"));
  }
  const auto padded = apply1(Op::slice_scatter, {x}, attributes);
  if (value == 0) return padded;
  const auto inside =
      apply1(Op::slice_scatter, {Tensor::ones(x.shape(), x.dtype(), x.device())}, attributes);
  return padded + (1.0 - inside) * value;
}

Tensor softmax(const Tensor& x, std::int64_t axis) {
  return apply1(Op::softmax, {floating(x)}, with_axis(axis));
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  return apply1(Op::log_softmax, {floating(x)}, with_axis(axis));
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  Attributes attributes;
  attributes.epsilon = epsilon;
  const Shape features{x.size(-1)};
  return apply1(Op::layer_norm,
                {x, weight.defined() ? weight : Tensor::ones(features, x.dtype(), x.device()),
                 bias.defined() ? bias : Tensor::zeros(features, x.dtype(), x.device())},
                attributes);
}

BatchNormResult batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           double epsilon) {
  Attributes attributes;
  attributes.epsilon = epsilon;
  const Shape features{x.size(-1)};
  auto out = apply(Op::batch_norm,
                   {x, weight.defined() ? weight : Tensor::ones(features, x.dtype(), x.device()),
                    bias.defined() ? bias : Tensor::zeros(features, x.dtype(), x.device())},
                   attributes);
  return {out[0], out[1], out[2]};
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Window& window,
              Activation activation) {
  Attributes attributes;
  attributes.window = window;
  attributes.activation = activation;
  return apply1(Op::conv2d, bias.defined() ? Tensors{x, weight, bias} : Tensors{x, weight},
                attributes);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Window& window, Activation activation, std::int64_t output_padding) {
  Attributes attributes;
  attributes.window = window;
  attributes.activation = activation;
  if (x.rank() == 4 && weight.rank() == 4)
    for (int i = 0; i < 2; ++i)
      attributes.shape.push_back(
          transposed_size(x.size(1 + i), weight.size(1 + i), window, i, output_padding));
  return apply1(Op::conv_transpose2d,
                bias.defined() ? Tensors{x, weight, bias} : Tensors{x, weight}, attributes);
}

Tensor unfold(const Tensor& x, const Window& window, double value) {
  Attributes attributes;
  attributes.window = window;
  attributes.value = value;
  return apply1(Op::unfold, {x}, attributes);
}

Tensor fold(const Tensor& windows, const Window& window, std::int64_t height, std::int64_t width) {
  Attributes attributes;
  attributes.window = window;
  attributes.shape = {height, width};
  return apply1(Op::fold, {windows}, attributes);
}

Tensor max_pool2d(const Tensor& x, const Window& window) {
  return max(unfold(x, window, -std::numeric_limits<double>::infinity()), {3, 4});
}

Tensor avg_pool2d(const Tensor& x, const Window& window) { return mean(unfold(x, window), {3, 4}); }

Tensor upsample_nearest(const Tensor& x, std::int64_t factor) {
  if (x.rank() != 4 || factor < 1)
    fail(ErrorKind::usage,
         "[upsample_nearest] needs (N, H, W, C) and a factor of at least 1, got {} and {}",
         x.shape().str(), factor);
  const auto& s = x.shape();
  return x.reshape({s[0], s[1], 1, s[2], 1, s[3]})
      .expand({s[0], s[1], factor, s[2], factor, s[3]})
      .reshape({s[0], s[1] * factor, s[2] * factor, s[3]});
}

Tensor reparameterize(const Tensor& mu, const Tensor& logvar, const Tensor& eps) {
  return apply1(Op::reparameterize, {mu, logvar, eps});
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& x) {
  return apply1(Op::bce_with_logits, {logits, x});
}

Tensor gaussian_kl(const Tensor& mu, const Tensor& logvar) {
  return apply1(Op::gaussian_kl, {mu, logvar});
}

Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator+(const Tensor& a, double b) { return add(a, scalar_like(a, b)); }
Tensor operator-(const Tensor& a, double b) { return sub(a, scalar_like(a, b)); }
Tensor operator*(const Tensor& a, double b) { return mul(a, scalar_like(a, b)); }
Tensor operator/(const Tensor& a, double b) { return div(a, scalar_like(a, b)); }
Tensor operator+(double a, const Tensor& b) { return add(scalar_like(b, a), b); }
Tensor operator-(double a, const Tensor& b) { return sub(scalar_like(b, a), b); }
Tensor operator*(double a, const Tensor& b) { return mul(scalar_like(b, a), b); }
Tensor operator/(double a, const Tensor& b) { return div(scalar_like(b, a), b); }
Tensor operator-(const Tensor& a) { return neg(a); }

}  // namespace varve
