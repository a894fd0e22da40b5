#include "framework/distributions/divergence.h"

#include <limits>

#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor like(const Tensor& x, double value) {
  return Tensor::full({}, value, x.dtype(), x.device());
}

Tensor is_near_zero(const Tensor& x) { return less(abs(x), like(x, 0.25)); }

/// For |x| < 1/4: x^2 / 2 (1 + x / 3 (1 + x / 4 (...))), to 1e-14 of the value.
Tensor series(const Tensor& x) {
  Tensor rest = Tensor::ones({}, x.dtype(), x.device());
  for (int n = 11; n >= 3; --n) rest = 1 + x * rest * (1.0 / n);
  return 0.5 * square(x) * rest;
}

}  // namespace

Tensor exp_remainder(const Tensor& x) {
  const Tensor near = is_near_zero(x);
  // exp() has overflowed long before 1000; the bound keeps infinity - infinity away.
  const Tensor far = exp(x) - 1 - minimum(x, like(x, 1000));
  return where(near, series(where(near, x, like(x, 0))), far);
}

Tensor relative_entropy(const Tensor& log_p, const Tensor& log_q) {
  const Tensor never_p = equal(log_p, like(log_p, -infinity));
  const Tensor never_q = equal(log_q, like(log_q, -infinity));
  const Tensor p = exp(log_p), q = exp(log_q);
  const Tensor shift = log_q - log_p;
  const Tensor near = is_near_zero(shift);
  const Tensor close = p * series(where(near, shift, like(shift, 0)));

  const Tensor finite_p = where(never_p, like(log_p, 0), log_p);
  const Tensor finite_q = where(never_q, like(log_q, 0), log_q);
  const Tensor surprise = where(never_q, like(log_q, infinity), p * (finite_p - finite_q));
  const Tensor apart = where(never_p, q, surprise - p + q);
  return where(near, close, apart);
}

}  // namespace varve
