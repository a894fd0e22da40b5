#include "framework/tensor/functional.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve {
namespace {

// The dtype rule (docs/pages/dtypes.md): how operands of different dtypes meet.

Tensor scalar(double value, DType dtype, const Tensor& beside) {
  return Tensor::full({}, value, dtype, beside.device());
}

/// What arithmetic in `dtype`, which wraps around, makes of a whole number.
double wrapped(double value, DType dtype) {
  const auto bits = static_cast<std::int64_t>(value);
  if (dtype == DType::u8) return static_cast<std::uint8_t>(bits);
  if (dtype == DType::i32) return static_cast<std::int32_t>(bits);
  return value;
}

/// A number beside a tensor: of its dtype, or f32 beside an integer one that it is no number of.
Tensor number(double value, const Tensor& beside) {
  const auto dtype = beside.dtype();
  if (is_floating(dtype)) return scalar(value, dtype, beside);
  if (!holds(DType::i64, value)) return scalar(value, DType::f32, beside);
  if (dtype != DType::boolean) return scalar(wrapped(value, dtype), dtype, beside);
  return scalar(value, holds(DType::i32, value) ? DType::i32 : DType::i64, beside);
}

DType floating(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }
Tensor floating(const Tensor& x) { return cast(x, floating(x.dtype())); }

/// bool counts as i32 where it is computed with.
DType counted(DType dtype) { return dtype == DType::boolean ? DType::i32 : dtype; }
Tensor counted(const Tensor& x) { return cast(x, counted(x.dtype())); }

DType promote(const Tensor& a, const Tensor& b) { return varve::promote(a.dtype(), b.dtype()); }

Tensor float_unary(Op op, const Tensor& x) { return apply1(op, {floating(x)}); }

Tensor binary(Op op, const Tensor& a, const Tensor& b, DType dtype) {
  const auto shape = broadcast(a.shape(), b.shape(), name(op).data());
  return apply1(op, {cast(a, dtype).expand(shape), cast(b, dtype).expand(shape)});
}

Tensor arithmetic(Op op, const Tensor& a, const Tensor& b) {
  return binary(op, a, b, counted(promote(a, b)));
}

Tensor compared(Op op, const Tensor& a, const Tensor& b) { return binary(op, a, b, promote(a, b)); }

/// The larger or smaller of two, or of many: of the operands' dtype.
Tensor chosen(Op op, const Tensor& a, const Tensor& b) {
  return cast(arithmetic(op, a, b), promote(a, b));
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

struct Range {
  double least, most;
};
/// Where a limit changes nothing: the largest doubles within i64, infinities for floats.
Range range(DType dtype) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  if (dtype == DType::u8) return {0, 255};
  if (dtype == DType::i32) return {-0x1p31, 0x1p31 - 1};
  if (dtype == DType::i64) return {-0x1p63, 0x1p63 - 1024};
  return {-inf, inf};
}

/// A limit beyond f32 is an infinite one.
double nearest(double limit, DType dtype) {
  return dtype == DType::f32 ? static_cast<float>(limit) : limit;
}

Tensor extremum(Op op, const Tensor& x, const Axes& axes, bool keep_dims) {
  if (reduced_count(x, axes) == 0)
    fail(ErrorKind::usage, "[{}] of no elements: {}", name(op), x.shape().str());
  const auto result = cast(reduction(op, counted(x), axes), x.dtype());
  return finish_reduction(result, axes, keep_dims);
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

Tensor neg(const Tensor& x) { return apply1(Op::neg, {counted(x)}); }
Tensor abs(const Tensor& x) { return apply1(Op::abs, {counted(x)}); }
Tensor exp(const Tensor& x) { return float_unary(Op::exp, x); }
Tensor expm1(const Tensor& x) { return float_unary(Op::expm1, x); }
Tensor log(const Tensor& x) { return float_unary(Op::log, x); }
Tensor log1p(const Tensor& x) { return float_unary(Op::log1p, x); }
Tensor sqrt(const Tensor& x) { return float_unary(Op::sqrt, x); }
Tensor sin(const Tensor& x) { return float_unary(Op::sin, x); }
Tensor cos(const Tensor& x) { return float_unary(Op::cos, x); }
Tensor tanh(const Tensor& x) { return float_unary(Op::tanh, x); }
Tensor erf(const Tensor& x) { return float_unary(Op::erf, x); }
Tensor square(const Tensor& x) { return float_unary(Op::square, x); }
Tensor reciprocal(const Tensor& x) { return float_unary(Op::reciprocal, x); }
Tensor sigmoid(const Tensor& x) { return float_unary(Op::sigmoid, x); }
Tensor softplus(const Tensor& x) { return float_unary(Op::softplus, x); }
Tensor relu(const Tensor& x) { return maximum(number(0, x), x); }  // the gradient at 0 is 0

Tensor leaky_relu(const Tensor& x, double slope) {
  return where(less(number(0, x), x), x, x * slope);
}

Tensor elu(const Tensor& x, double alpha) {
  const auto zero = number(0, x);
  return where(less(zero, x), x, expm1(minimum(x, zero)) * alpha);
}

Tensor silu(const Tensor& x) { return x * sigmoid(x); }

Tensor gelu(const Tensor& x) { return x * 0.5 * (erf(x * (1.0 / std::numbers::sqrt2)) + 1.0); }

Tensor clamp(const Tensor& x, double low, double high) {
  const auto whole = [](double limit) { return std::trunc(limit) == limit; };
  if (!is_floating(x.dtype()) && !(whole(low) && whole(high))) return clamp(floating(x), low, high);
  const auto dtype = counted(x.dtype());
  const auto [least, most] = range(dtype);
  if (low > most || high < least)
    fail(ErrorKind::usage, "[clamp] no {} lies from {} to {}; cast first", name(dtype), low, high);
  Tensor result = counted(x);
  if (!(low <= least)) result = maximum(result, scalar(nearest(low, dtype), dtype, x));
  if (!(high >= most)) result = minimum(result, scalar(nearest(high, dtype), dtype, x));
  return result;
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

Tensor add(const Tensor& a, const Tensor& b) { return arithmetic(Op::add, a, b); }
Tensor sub(const Tensor& a, const Tensor& b) { return arithmetic(Op::sub, a, b); }
Tensor mul(const Tensor& a, const Tensor& b) { return arithmetic(Op::mul, a, b); }
Tensor div(const Tensor& a, const Tensor& b) {
  return binary(Op::div, a, b, floating(promote(a, b)));
}
Tensor pow(const Tensor& a, const Tensor& b) {
  return binary(Op::pow, a, b, floating(promote(a, b)));
}
Tensor pow(const Tensor& a, double exponent) {
  if (exponent == 1.0) return floating(a);
  if (exponent == 2.0) return square(a);
  if (exponent == 0.5) return sqrt(a);
  return pow(a, scalar(exponent, floating(a.dtype()), a));
}
Tensor maximum(const Tensor& a, const Tensor& b) { return chosen(Op::maximum, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return chosen(Op::minimum, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return compared(Op::less, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return compared(Op::less, b, a); }
Tensor equal(const Tensor& a, const Tensor& b) { return compared(Op::equal, a, b); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const auto dtype = promote(a, b);
  const auto shape =
      broadcast(condition.shape(), broadcast(a.shape(), b.shape(), "where"), "where");
  return apply1(Op::where, {cast(condition, DType::boolean).expand(shape),
                            cast(a, dtype).expand(shape), cast(b, dtype).expand(shape)});
}

Tensor sum(const Tensor& x, Axes axes, bool keep_dims) {
  const auto wide = is_floating(x.dtype()) ? x : cast(x, DType::i64);
  return finish_reduction(reduction(Op::sum, wide, axes), axes, keep_dims);
}

Tensor mean(const Tensor& x, Axes axes, bool keep_dims) {
  const auto values = floating(x);
  return sum(values, axes, keep_dims) * (1.0 / reduced_count(values, axes));
}

Tensor max(const Tensor& x, Axes axes, bool keep_dims) {
  return extremum(Op::max, x, axes, keep_dims);
}

Tensor min(const Tensor& x, Axes axes, bool keep_dims) {
  return extremum(Op::min, x, axes, keep_dims);
}

Tensor variance(const Tensor& x, Axes axes, bool keep_dims) {
  return mean(square(x - mean(x, axes, true)), axes, keep_dims);
}

Tensor logsumexp(const Tensor& x, Axes axes, bool keep_dims) {
  const auto values = floating(x);
  if (reduced_count(x, axes) == 0) return log(sum(exp(values), axes, keep_dims));  // -infinity
  const auto peak = max(values, axes, true).detach();
  // Of an infinite peak only the sign counts: infinity - infinity would be NaN.
  const double most = values.dtype() == DType::f32 ? std::numeric_limits<float>::max()
                                                   : std::numeric_limits<double>::max();
  const auto shift = clamp(peak, -most, most);
  const auto result = log(sum(exp(values - shift), axes, true)) + shift;
  return finish_reduction(result, axes, keep_dims);
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keep_dims) {
  return finish_reduction(reduction(Op::argmax, counted(x), {axis}), {axis}, keep_dims);
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
  if (is_floating(indices.dtype()))
    fail(ErrorKind::usage, "[one_hot] the indices must be integers, got {}; cast them",
         name(indices.dtype()));
  if (classes < 1) fail(ErrorKind::usage, "[one_hot] needs at least 1 class, got {}", classes);
  // By scatter_add, which throws for an index that names no class.
  const bool byte = dtype == DType::u8 || dtype == DType::boolean;
  const auto wide = byte ? DType::i32 : dtype;
  const auto index = varve::promote(indices.dtype(), DType::i32);
  Shape shape = indices.shape();
  shape.push_back(classes);
  const auto places = cast(indices, index).unsqueeze(-1);
  const auto ones = Tensor::ones({}, wide, indices.device()).expand(places.shape());
  const auto result = scatter_add(Tensor::zeros(shape, wide, indices.device()), places, ones, -1);
  return cast(result, dtype);
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
  return where(cast(inside, DType::boolean), padded, scalar(value, x.dtype(), x));
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
Tensor operator+(const Tensor& a, double b) { return add(a, number(b, a)); }
Tensor operator-(const Tensor& a, double b) { return sub(a, number(b, a)); }
Tensor operator*(const Tensor& a, double b) { return mul(a, number(b, a)); }
Tensor operator/(const Tensor& a, double b) { return div(a, scalar(b, floating(a.dtype()), a)); }
Tensor operator+(double a, const Tensor& b) { return add(number(a, b), b); }
Tensor operator-(double a, const Tensor& b) { return sub(number(a, b), b); }
Tensor operator*(double a, const Tensor& b) { return mul(number(a, b), b); }
Tensor operator/(double a, const Tensor& b) { return div(scalar(a, floating(b.dtype()), b), b); }
Tensor operator-(const Tensor& a) { return neg(a); }

}  // namespace varve
