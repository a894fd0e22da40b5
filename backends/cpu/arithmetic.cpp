#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>

#include "backends/cpu/flat_kernel.h"
#include "backends/cpu/kernel.h"
#include "framework/core/cast.h"

namespace varve::cpu {

namespace {

// Each op is one function object for both forms: xtensor expressions over floating-point memory
// (vectorised by xsimd, and exact, so a vector's lane and a scalar tail agree) and plain integers.
struct Neg {
  auto operator()(const auto& a) const { return -a; }
};
struct Abs {
  auto operator()(const auto& a) const {
    using xt::abs, std::abs;
    return abs(a);
  }
};
struct Sqrt {
  auto operator()(const auto& a) const { return xt::sqrt(a); }
};
struct Square {
  auto operator()(const auto& a) const { return a * a; }
};
struct Reciprocal {
  auto operator()(const auto& a) const { return 1.0F / a; }
};
struct Add {
  auto operator()(const auto& a, const auto& b) const { return a + b; }
};
struct Sub {
  auto operator()(const auto& a, const auto& b) const { return a - b; }
};
struct Mul {
  auto operator()(const auto& a, const auto& b) const { return a * b; }
};
struct Div {
  auto operator()(const auto& a, const auto& b) const { return a / b; }
};

/// Packed memory as an xtensor expression.
template <class T>
auto adapt(T* data, std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  return xt::adapt(static_cast<T*&&>(data), size, xt::no_ownership(), std::array{size});
}

/// Integers wrap around, which only unsigned ones may.
template <class T>
auto wrapping(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return static_cast<unsigned>(value);
  } else {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
}

template <class T, class F>
void unary(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  auto* to = static_cast<T*>(out);
  if constexpr (std::is_floating_point_v<T>) {
    auto result = adapt(to, count);
    xt::noalias(result) = F{}(adapt(a, count));
  } else if constexpr (std::is_same_v<F, Abs>) {
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = static_cast<T>(a[i] < T{0} ? 0 - wrapping(a[i]) : wrapping(a[i]));
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(F{}(wrapping(a[i])));
  }
}

template <class T, class F>
void binary(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<T*>(out);
  if constexpr (std::is_floating_point_v<T>) {
    auto result = adapt(to, count);
    xt::noalias(result) = F{}(adapt(a, count), adapt(b, count));
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = static_cast<T>(F{}(wrapping(a[i]), wrapping(b[i])));
    }
  }
}

/// Truncates; a division by zero gives zero, as the processor would trap.
template <class T>
void divide_integers(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i) {
    if (b[i] == T{0}) {
      to[i] = T{0};
    } else if (std::is_signed_v<T> && b[i] == static_cast<T>(-1)) {
      to[i] = static_cast<T>(0 - wrapping(a[i]));
    } else {
      to[i] = static_cast<T>(a[i] / b[i]);
    }
  }
}

template <class T>
void maximum(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i) {
    const T larger = a[i] < b[i] ? b[i] : a[i];
    to[i] = b[i] != b[i] ? b[i] : larger;  // a NaN in either place comes through
  }
}

template <class T>
void minimum(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i) {
    const T smaller = b[i] < a[i] ? b[i] : a[i];
    to[i] = b[i] != b[i] ? b[i] : smaller;
  }
}

template <class T>
void less(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<bool*>(out);
  for (std::int64_t i = 0; i < count; ++i) to[i] = a[i] < b[i];
}

template <class T>
void equal(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  auto* to = static_cast<bool*>(out);
  for (std::int64_t i = 0; i < count; ++i) to[i] = a[i] == b[i];
}

template <class T>
void where(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* condition = static_cast<const bool*>(in[0]);
  const auto* a = static_cast<const T*>(in[1]);
  const auto* b = static_cast<const T*>(in[2]);
  auto* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < count; ++i) to[i] = condition[i] ? a[i] : b[i];
}

template <class T>
void fill(std::int64_t count, void* out, const void* const*, const Attributes& attributes) {
  std::fill_n(static_cast<T*>(out), count, cast_value<T>(attributes.value));
}

template <class From, class To>
void copy(std::int64_t count, void* out, const void* const* in, const Attributes&) {
  const auto* from = static_cast<const From*>(in[0]);
  auto* to = static_cast<To*>(out);
  if constexpr (std::is_same_v<From, To>) {
    if (in[0] != out) std::copy_n(from, count, to);
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = cast_value<To>(from[i]);
  }
}

FlatKernel copy_kernel(DType in, DType out) {
  FlatKernel k = nullptr;
  dispatch(in, [&]<class From>() { dispatch(out, [&]<class To>() { k = copy<From, To>; }); });
  return k;
}

template <class T>
FlatKernel typed_kernel(Op op) {
  constexpr bool floating = std::is_floating_point_v<T>;
  switch (op) {
    case Op::fill:
      return fill<T>;
    case Op::neg:
      return unary<T, Neg>;
    case Op::abs:
      return unary<T, Abs>;
    case Op::add:
      return binary<T, Add>;
    case Op::sub:
      return binary<T, Sub>;
    case Op::mul:
      return binary<T, Mul>;
    case Op::maximum:
      return maximum<T>;
    case Op::minimum:
      return minimum<T>;
    case Op::less:
      return less<T>;
    case Op::equal:
      return equal<T>;
    case Op::where:
      return where<T>;
    default:
      break;
  }
  if constexpr (floating) {
    switch (op) {
      case Op::div:
        return binary<T, Div>;
      case Op::sqrt:
        return unary<T, Sqrt>;
      case Op::square:
        return unary<T, Square>;
      case Op::reciprocal:
        return unary<T, Reciprocal>;
      default:
        return nullptr;
    }
  } else {
    return op == Op::div ? divide_integers<T> : nullptr;
  }
}

}  // namespace

FlatKernel arithmetic_kernel(Op op, DType in, DType out) {
  if (op == Op::copy) return copy_kernel(in, out);
  FlatKernel k = nullptr;
  dispatch(op == Op::fill ? out : in, [&]<class T>() { k = typed_kernel<T>(op); });
  return k;
}

}  // namespace varve::cpu
