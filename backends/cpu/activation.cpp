#include "backends/cpu/activation.h"

#include <algorithm>

#include "backends/cpu/simd.h"

namespace varve::cpu {

namespace {

struct Identity {
  auto operator()(const auto& x) const { return x; }
};
struct Relu {
  template <class B>
  B operator()(const B& x) const {
    return xsimd::max(B(0), x);  // a NaN comes through from the second place
  }
};
struct Tanh {
  auto operator()(const auto& x) const { return xsimd::tanh(x); }
};
struct Sigmoid {
  template <class B>
  B operator()(const B& x) const {
    return B(1) / (B(1) + xsimd::exp(-x));
  }
};

// Rows up to this wide are treated several at once.
template <class T>
constexpr std::int64_t narrow = 2 * lanes<T>;

/// Packed rows as one long one, with the bias repeated.
template <class T, class F>
void finish_narrow(std::int64_t count, std::int64_t cols, const T* bias, const F& f, T* y) {
  T repeated[static_cast<std::size_t>(narrow<T> * lanes<T>)];
  const std::int64_t period = cols * lanes<T>;
  for (std::int64_t i = 0; i < period; ++i) repeated[i] = bias[i % cols];
  for (std::int64_t i = 0; i < count; i += period) {
    map(std::min(period, count - i), y + i, f, y + i, repeated);
  }
}

template <class T, class F>
void finish(std::int64_t rows, std::int64_t cols, const T* bias, T* y, std::int64_t stride) {
  const auto f = [](const Batch<T>& x, const Batch<T>& b) { return F{}(x + b); };
  const bool packed = stride == cols || rows == 1;
  if (packed && bias == nullptr) {
    map(rows * cols, y, F{}, y);
  } else if (packed && cols < narrow<T>) {
    finish_narrow(rows * cols, cols, bias, f, y);
  } else if (bias == nullptr) {
    for (std::int64_t i = 0; i < rows; ++i) map(cols, y + i * stride, F{}, y + i * stride);
  } else {
    for (std::int64_t i = 0; i < rows; ++i) map(cols, y + i * stride, f, y + i * stride, bias);
  }
}

}  // namespace

template <class T>
void finish_rows(std::int64_t rows, std::int64_t cols, const T* bias, Activation activation, T* y,
                 std::int64_t stride) {
  switch (activation) {
    case Activation::identity:
      if (bias != nullptr) finish<T, Identity>(rows, cols, bias, y, stride);
      break;
    case Activation::relu:
      finish<T, Relu>(rows, cols, bias, y, stride);
      break;
    case Activation::tanh:
      finish<T, Tanh>(rows, cols, bias, y, stride);
      break;
    case Activation::sigmoid:
      finish<T, Sigmoid>(rows, cols, bias, y, stride);
      break;
  }
}

template void finish_rows(std::int64_t, std::int64_t, const float*, Activation, float*,
                          std::int64_t);
template void finish_rows(std::int64_t, std::int64_t, const double*, Activation, double*,
                          std::int64_t);

}  // namespace varve::cpu
