#include "framework/tensor/functional.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/operands.h"

namespace varve {
namespace {

using namespace operands;

Tensor float_unary(Op op, const Tensor& x) { return apply1(op, {floating(x)}); }

/// Of integers: as they are.
Tensor float_or_whole(Op op, const Tensor& x) {
  return is_floating(x.dtype()) ? apply1(op, {x}) : counted(x);
}

Tensor arithmetic(Op op, const Tensor& a, const Tensor& b) {
  return binary(op, a, b, counted(promote(a, b)));
}

/// The larger or smaller of two, or of many: of the operands' dtype.
Tensor chosen(Op op, const Tensor& a, const Tensor& b) {
  return cast(arithmetic(op, a, b), promote(a, b));
}

Tensor reduction(Op op, const Tensor& x, const Axes& axes) {
  Attributes attributes;
  attributes.axes = axes;
  return apply1(op, {x}, attributes);
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
Tensor rsqrt(const Tensor& x) { return reciprocal(sqrt(x)); }
Tensor floor(const Tensor& x) { return float_or_whole(Op::floor, x); }
Tensor ceil(const Tensor& x) { return float_or_whole(Op::ceil, x); }
Tensor round(const Tensor& x) { return float_or_whole(Op::round, x); }
Tensor trunc(const Tensor& x) { return float_or_whole(Op::trunc, x); }
Tensor sign(const Tensor& x) { return apply1(Op::sign, {counted(x)}); }
Tensor lgamma(const Tensor& x) { return float_unary(Op::lgamma, x); }
Tensor digamma(const Tensor& x) { return float_unary(Op::digamma, x); }
Tensor erfinv(const Tensor& x) { return float_unary(Op::erfinv, x); }
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
Tensor atan2(const Tensor& y, const Tensor& x) {
  return binary(Op::atan2, y, x, floating(promote(y, x)));
}
Tensor maximum(const Tensor& a, const Tensor& b) { return chosen(Op::maximum, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return chosen(Op::minimum, a, b); }
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

Tensor softmax(const Tensor& x, std::int64_t axis) {
  return apply1(Op::softmax, {floating(x)}, with_axis(axis));
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  return apply1(Op::log_softmax, {floating(x)}, with_axis(axis));
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

Tensor reparameterize(const Tensor& mu, const Tensor& logvar, const Tensor& eps) {
  return apply1(Op::reparameterize, {mu, logvar, eps});
}

Tensor bce_with_logits(const Tensor& logits, const Tensor& x) {
  return apply1(Op::bce_with_logits, {logits, x});
}

Tensor gaussian_kl(const Tensor& mu, const Tensor& logvar) {
  return apply1(Op::gaussian_kl, {mu, logvar});
}

}  // namespace varve
