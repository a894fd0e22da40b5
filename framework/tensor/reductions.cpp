#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/operands.h"

// Reductions that are put together of others.
namespace varve {
namespace {

using namespace operands;

/// The square root, with the gradient 0 at 0.
Tensor root(const Tensor& x) {
  const auto none = equal(x, scalar(0, x.dtype(), x));
  return where(none, scalar(0, x.dtype(), x), sqrt(where(none, scalar(1, x.dtype(), x), x)));
}

/// The product along the last axis, which it drops: neighbours by pairs, so that the gradient needs
/// no division by what may be 0.
Tensor product(Tensor x) {
  while (x.size(-1) > 1) {
    const auto half = x.size(-1) / 2;
    const auto pairs = x.slice(-1, 0, half) * x.slice(-1, half, 2 * half);
    x = x.size(-1) == 2 * half ? pairs : concat({pairs, x.slice(-1, 2 * half, 2 * half + 1)}, -1);
  }
  return x.squeeze(-1);
}

/// sqrt(sum x^2) with axes kept, of x over its greatest size.
Tensor euclidean(const Tensor& x, const Axes& axes) {
  if (reduced_count(x, axes) == 0) return sqrt(sum(square(x), axes, true));
  const auto peak = max(abs(x), axes, true).detach();
  const auto [least, most] =
      x.dtype() == DType::f64
          ? std::pair(std::numeric_limits<double>::min(), std::numeric_limits<double>::max())
          : std::pair<double, double>(std::numeric_limits<float>::min(),
                                      std::numeric_limits<float>::max());
  const auto usable = logical_and(peak >= least, peak <= most);
  const auto scale = where(usable, peak, scalar(1, x.dtype(), x));
  return root(sum(square(x / scale), axes, true)) * scale;
}

}  // namespace

Tensor variance(const Tensor& x, Axes axes, bool keep_dims, int correction) {
  const auto squares = square(x - mean(x, axes, true));
  if (correction == 0) return mean(squares, axes, keep_dims);
  const double degrees = std::max(0.0, reduced_count(x, axes) - correction);
  return sum(squares, axes, keep_dims) / degrees;
}

Tensor standard_deviation(const Tensor& x, Axes axes, bool keep_dims, int correction) {
  return root(variance(x, axes, keep_dims, correction));
}

Tensor prod(const Tensor& x, Axes axes, bool keep_dims) {
  const auto wide = is_floating(x.dtype()) ? x : cast(x, DType::i64);
  const auto rank = wide.rank();
  std::array<bool, Dims::max_rank> reduced{};
  for (const auto axis : axes) {
    auto& once = reduced[normalize_axis(axis, rank, "prod")];
    if (once) fail(ErrorKind::usage, "[prod] an axis is named twice in {}", axes.str());
    once = true;
  }
  if (axes.empty()) reduced.fill(true);
  Axes order;
  Shape kept, lines;
  std::int64_t count = 1;
  for (const bool last : {false, true})
    for (std::size_t i = 0; i < rank; ++i)
      if (reduced[i] == last) order.push_back(static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < rank; ++i) {
    if (reduced[i])
      count *= wide.shape()[i];
    else
      lines.push_back(wide.shape()[i]);
    if (!reduced[i] || keep_dims) kept.push_back(reduced[i] ? 1 : wide.shape()[i]);
  }
  if (count == 0) return Tensor::ones(kept, wide.dtype(), wide.device());
  lines.push_back(count);
  return product(wide.permute(order).reshape(lines)).reshape(kept);
}

Tensor any(const Tensor& x, Axes axes, bool keep_dims) {
  return sum(cast(x, DType::boolean), axes, keep_dims) > 0.0;
}

Tensor all(const Tensor& x, Axes axes, bool keep_dims) {
  return sum(logical_not(x), axes, keep_dims) == 0.0;
}

Tensor norm(const Tensor& x, double p, Axes axes, bool keep_dims) {
  const auto values = floating(x);
  if (p == 1) return sum(abs(values), axes, keep_dims);
  if (p == 2) return finish_reduction(euclidean(values, axes), axes, keep_dims);
  if (p != std::numeric_limits<double>::infinity())
    fail(ErrorKind::usage,
         "[norm] p is 1, 2 or infinity, got {}; others are pow(sum(pow(abs(x), p)), 1 / p)", p);
  if (reduced_count(values, axes) == 0)
    fail(ErrorKind::usage, "[norm] of no elements there is no greatest: {}", x.shape().str());
  return max(abs(values), axes, keep_dims);
}

}  // namespace varve
