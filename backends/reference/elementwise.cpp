#include <cmath>

#include "backends/reference/kernels.h"

namespace varve::reference {
namespace {

template <class T, class F>
void map(const Command& command, F f) {
  const Elements<const T> x(command.in[0]);
  const Elements<T> out(command.out[0]);
  for (std::int64_t i = 0; i < out.count(); ++i) out[i] = f(x[i]);
}

/// Out is the dtype of the operands, or bool when f compares.
template <class T, class Out, class F>
void zip(const Command& command, F f) {
  const Elements<const T> a(command.in[0]);
  const Elements<const T> b(command.in[1]);
  const Elements<Out> out(command.out[0]);
  for (std::int64_t i = 0; i < out.count(); ++i) out[i] = f(a[i], b[i]);
}

template <class F>
Kernel unary_float(F f) {
  return [f](const Command& command) {
    for_float(command, command.in[0].dtype, [&](auto type) { map<decltype(type)>(command, f); });
  };
}

template <class F>
Kernel unary(F f) {
  return [f](const Command& command) {
    for_number(command, command.in[0].dtype, [&](auto type) { map<decltype(type)>(command, f); });
  };
}

template <class F>
Kernel binary(F f) {
  return [f](const Command& command) {
    for_number(command, command.in[0].dtype, [&](auto type) {
      using T = decltype(type);
      zip<T, T>(command, f);
    });
  };
}

template <class F>
Kernel comparison(F f) {
  return [f](const Command& command) {
    for_any(command, command.in[0].dtype,
            [&](auto type) { zip<decltype(type), bool>(command, f); });
  };
}

// Integers wrap around: computed in 64 unsigned bits and cut to size.

template <class T>
T plus(T a, T b) {
  return static_cast<T>(static_cast<Wide<T>>(a) + static_cast<Wide<T>>(b));
}

template <class T>
T minus(T a, T b) {
  return static_cast<T>(static_cast<Wide<T>>(a) - static_cast<Wide<T>>(b));
}

template <class T>
T times(T a, T b) {
  return static_cast<T>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
}

/// Integers truncate; division by zero gives 0 instead of a trap.
template <class T>
T over(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == T{0}) return T{0};
    if constexpr (std::is_signed_v<T>)
      if (b == T{-1}) return minus(T{0}, a);  // the lowest integer / -1 would trap, too
  }
  return static_cast<T>(a / b);
}

template <class T>
T magnitude(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::abs(x);
  } else if constexpr (std::is_signed_v<T>) {
    return x < 0 ? minus(T{0}, x) : x;
  } else {
    return x;
  }
}

template <class T>
T negative(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return -x;  // 0 - x would lose the sign of a zero
  } else {
    return minus(T{0}, x);
  }
}

/// NaN if either is.
template <class T>
T larger(T a, T b) {
  return a != a || a > b ? a : b;
}

template <class T>
T smaller(T a, T b) {
  return a != a || a < b ? a : b;
}

void where(const Command& command) {
  for_any(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const bool> condition(command.in[0]);
    const Elements<const T> a(command.in[1]);
    const Elements<const T> b(command.in[2]);
    const Elements<T> out(command.out[0]);
    for (std::int64_t i = 0; i < out.count(); ++i) out[i] = condition[i] ? a[i] : b[i];
  });
}

}  // namespace

void add_elementwise(KernelTable& table) {
  at(table, Op::neg) = unary([](auto x) { return negative(x); });
  at(table, Op::abs) = unary([](auto x) { return magnitude(x); });
  at(table, Op::exp) = unary_float([](auto x) { return std::exp(x); });
  at(table, Op::expm1) = unary_float([](auto x) { return std::expm1(x); });
  at(table, Op::log) = unary_float([](auto x) { return std::log(x); });
  at(table, Op::log1p) = unary_float([](auto x) { return std::log1p(x); });
  at(table, Op::sqrt) = unary_float([](auto x) { return std::sqrt(x); });
  at(table, Op::sin) = unary_float([](auto x) { return std::sin(x); });
  at(table, Op::cos) = unary_float([](auto x) { return std::cos(x); });
  at(table, Op::tanh) = unary_float([](auto x) { return std::tanh(x); });
  at(table, Op::erf) = unary_float([](auto x) { return std::erf(x); });

  at(table, Op::add) = binary([](auto a, auto b) { return plus(a, b); });
  at(table, Op::sub) = binary([](auto a, auto b) { return minus(a, b); });
  at(table, Op::mul) = binary([](auto a, auto b) { return times(a, b); });
  at(table, Op::div) = binary([](auto a, auto b) { return over(a, b); });
  at(table, Op::maximum) = binary([](auto a, auto b) { return larger(a, b); });
  at(table, Op::minimum) = binary([](auto a, auto b) { return smaller(a, b); });
  at(table, Op::pow) = [](const Command& command) {
    for_float(command, command.in[0].dtype, [&](auto type) {
      using T = decltype(type);
      zip<T, T>(command, [](T a, T b) { return std::pow(a, b); });
    });
  };
  at(table, Op::less) = comparison([](auto a, auto b) { return a < b; });
  at(table, Op::equal) = comparison([](auto a, auto b) { return a == b; });
  at(table, Op::where) = where;
}

}  // namespace varve::reference
