#include <cmath>
#include <limits>
#include <numbers>

#include "backends/cpu/flat_kernel.h"
#include "backends/cpu/kernel.h"
#include "backends/cpu/simd.h"

namespace varve::cpu {

namespace {

// xsimd::exp ends a little before the numbers do, on both sides. Where that can only flush denormal
// results it is used as it is: sigmoid, softplus and what is made of them.

/// e^x, which is (e^(x/2))^2 at the ends.
template <class T>
Batch<T> exp(const Batch<T>& x) {
  constexpr T safe = sizeof(T) == 4 ? 87 : 707;
  const Batch<T> y = xsimd::exp(x);
  const auto far = xsimd::abs(x) > Batch<T>(safe);
  if (!xsimd::any(far)) return y;
  const Batch<T> half = xsimd::exp(x * T{0.5});
  return xsimd::select(far, half * half, y);
}

template <class T>
Batch<T> expm1(const Batch<T>& x) {
  constexpr T safe = sizeof(T) == 4 ? 80 : 700;
  const Batch<T> y = xsimd::select(x == Batch<T>(T{0}), x, xsimd::expm1(x));  // -0 stays
  const auto far = xsimd::abs(x) > Batch<T>(safe);
  return xsimd::any(far) ? xsimd::select(far, exp(x) - T{1}, y) : y;
}

/// xsimd's is wrong for denormal f64.
template <class T>
Batch<T> log(const Batch<T>& x) {
  const Batch<T> y = xsimd::log(x);
  if constexpr (sizeof(T) == 4) {
    return y;
  } else {
    const auto tiny = x > Batch<T>(0.0) && x < Batch<T>(std::numeric_limits<T>::min());
    if (!xsimd::any(tiny)) return y;
    return xsimd::select(tiny, xsimd::log(x * 0x1p54) - 54 * std::numbers::ln2_v<T>, y);
  }
}

/// xsimd's is off by 70 ulp in f64.
template <class T>
Batch<T> erf(const Batch<T>& x) {
  if constexpr (sizeof(T) == 4) {
    return xsimd::erf(x);
  } else {
    alignas(64) T lane[static_cast<std::size_t>(lanes<T>)];
    x.store_aligned(lane);
    for (T& value : lane) value = std::erf(value);
    return Batch<T>::load_aligned(lane);
  }
}

template <class T>
Batch<T> sigmoid(const Batch<T>& x) {
  return T{1} / (T{1} + xsimd::exp(-x));
}

/// log(1 + e) for 0 <= e <= 1, as 2 artanh(s) with s = e / (2 + e) <= 1/3: its series converges by
/// a factor of 9 a term, and is exact to the last bit but one for the smallest e too.
template <class T>
Batch<T> log1p_of_fraction(const Batch<T>& e) {
  constexpr int terms = sizeof(T) == 4 ? 8 : 17;
  const Batch<T> s = e / (e + T{2});
  const Batch<T> square = s * s;
  Batch<T> series(T{2} / T{2 * terms - 1});
  for (int k = terms - 2; k >= 0; --k) {
    series = xsimd::fma(series, square, Batch<T>(T{2} / static_cast<T>(2 * k + 1)));
  }
  return series * s;
}

/// log(1 + exp(x)) without overflow.
template <class T>
Batch<T> softplus(const Batch<T>& x) {
  return xsimd::max(Batch<T>(T{0}), x) + log1p_of_fraction(xsimd::exp(-xsimd::abs(x)));
}

// A function object per op; all take batches of one dtype.
struct Exp {
  auto operator()(const auto& x) const { return exp(x); }
};
struct Expm1 {
  auto operator()(const auto& x) const { return expm1(x); }
};
struct Log {
  auto operator()(const auto& x) const { return log(x); }
};
struct Log1p {
  auto operator()(const auto& x) const { return xsimd::log1p(x); }
};
struct Sin {
  auto operator()(const auto& x) const { return xsimd::sin(x); }
};
struct Cos {
  auto operator()(const auto& x) const { return xsimd::cos(x); }
};
struct Tanh {
  auto operator()(const auto& x) const { return xsimd::tanh(x); }
};
struct Erf {
  auto operator()(const auto& x) const { return erf(x); }
};
struct Sigmoid {
  auto operator()(const auto& x) const { return sigmoid(x); }
};
struct Softplus {
  auto operator()(const auto& x) const { return softplus(x); }
};
struct Floor {
  auto operator()(const auto& x) const { return xsimd::floor(x); }
};
struct Ceil {
  auto operator()(const auto& x) const { return xsimd::ceil(x); }
};
struct Round {
  auto operator()(const auto& x) const { return xsimd::nearbyint(x); }
};
struct Trunc {
  auto operator()(const auto& x) const { return xsimd::trunc(x); }
};
struct Sign {
  template <class B>
  B operator()(const B& x) const {
    return xsimd::select(x > B(0), B(1), xsimd::select(x < B(0), B(-1), B(0)));
  }
};
struct ReluGradient {
  template <class B>
  B operator()(const B& g, const B& y) const {
    return xsimd::select(y > B(0), g, B(0));
  }
};
struct TanhGradient {
  template <class B>
  B operator()(const B& g, const B& y) const {
    return g * (B(1) - y * y);
  }
};
struct SigmoidGradient {
  template <class B>
  B operator()(const B& g, const B& y) const {
    return g * (y * (B(1) - y));
  }
};
struct First {
  auto operator()(const auto& g, const auto&) const { return g; }
};
struct BceWithLogits {
  template <class B>
  B operator()(const B& l, const B& x) const {
    const B zero(0);
    const B size = xsimd::abs(l);
    const B against = xsimd::select(l < zero, x, B(1) - x);
    const B wrong = xsimd::select(against == zero, zero, against * size);
    return wrong + log1p_of_fraction(xsimd::exp(-size));
  }
};
struct BceWithLogitsGradient {
  auto operator()(const auto& l, const auto& x, const auto& g) const {
    return (sigmoid(l) - x) * g;
  }
};
struct GaussianKl {
  template <class B>
  B operator()(const B& mu, const B& logvar) const {
    const B finite = xsimd::min(logvar, B(1e38F));
    return (mu * mu + (expm1(logvar) - finite)) * B(0.5F);
  }
};
struct Reparameterize {
  template <class B>
  B operator()(const B& mu, const B& logvar, const B& eps) const {
    return mu + exp(logvar * B(0.5F)) * eps;
  }
};

template <class T, class F, std::size_t... I>
void apply(std::int64_t count, void* out, const void* const* in, std::index_sequence<I...>) {
  map(count, static_cast<T*>(out), F{}, static_cast<const T*>(in[I])...);
}

template <class T, class F, std::size_t Arity>
void function(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  apply<T, F>(count, out, in, std::make_index_sequence<Arity>());
}

// The C library's: correct at every special value, and rare in a step.

template <class T>
void power(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i) to[i] = std::pow(a[i], b[i]);
}

template <class T>
void atan2(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* y = static_cast<const T*>(in[0]);
  const auto* x = static_cast<const T*>(in[1]);
  auto* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i) to[i] = std::atan2(y[i], x[i]);
}

template <class T>
void dropout(std::int64_t count, void* out, const void* const* in, const Attributes& attributes) {
  const Batch<T> p(static_cast<T>(attributes.probability));
  const Batch<T> scale(static_cast<T>(1.0 / (1.0 - attributes.probability)));
  const auto keep = [&](const Batch<T>& x, const Batch<T>& u) {
    return xsimd::select(u < p, Batch<T>(T{0}), x * scale);
  };
  map(count, static_cast<T*>(out), keep, static_cast<const T*>(in[0]),
      static_cast<const T*>(in[1]));
}

template <class T>
FlatKernel activation_gradient(Activation activation) {
  switch (activation) {
    case Activation::relu:
      return function<T, ReluGradient, 2>;
    case Activation::tanh:
      return function<T, TanhGradient, 2>;
    case Activation::sigmoid:
      return function<T, SigmoidGradient, 2>;
    case Activation::identity:
      break;
  }
  return function<T, First, 2>;
}

template <class T>
FlatKernel typed_kernel(Op op, Activation activation) {
  switch (op) {
    case Op::exp:
      return function<T, Exp, 1>;
    case Op::expm1:
      return function<T, Expm1, 1>;
    case Op::log:
      return function<T, Log, 1>;
    case Op::log1p:
      return function<T, Log1p, 1>;
    case Op::sin:
      return function<T, Sin, 1>;
    case Op::cos:
      return function<T, Cos, 1>;
    case Op::tanh:
      return function<T, Tanh, 1>;
    case Op::erf:
      return function<T, Erf, 1>;
    case Op::floor:
      return function<T, Floor, 1>;
    case Op::ceil:
      return function<T, Ceil, 1>;
    case Op::round:
      return function<T, Round, 1>;
    case Op::trunc:
      return function<T, Trunc, 1>;
    case Op::sign:
      return function<T, Sign, 1>;
    case Op::atan2:
      return atan2<T>;
    case Op::pow:
      return power<T>;
    case Op::sigmoid:
      return function<T, Sigmoid, 1>;
    case Op::softplus:
      return function<T, Softplus, 1>;
    case Op::activation_gradient:
      return activation_gradient<T>(activation);
    case Op::dropout:
      return dropout<T>;
    case Op::reparameterize:
      return function<T, Reparameterize, 3>;
    case Op::bce_with_logits:
      return function<T, BceWithLogits, 2>;
    case Op::bce_with_logits_gradient:
      return function<T, BceWithLogitsGradient, 3>;
    case Op::gaussian_kl:
      return function<T, GaussianKl, 2>;
    default:
      return nullptr;
  }
}

}  // namespace

FlatKernel function_kernel(Op op, DType dtype, Activation activation) {
  if (!is_floating(dtype)) return nullptr;
  FlatKernel k = nullptr;
  dispatch_floating(dtype, [&]<class T>() { k = typed_kernel<T>(op, activation); });
  return k;
}

}  // namespace varve::cpu
