#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/nn/module.h"
#include "framework/tensor/tensor.h"

namespace varve::test {

inline Tensor f64(const std::vector<double>& values, Shape shape) {
  return Tensor::from(std::span<const double>(values), shape);
}
inline Tensor f32(const std::vector<float>& values, Shape shape) {
  return Tensor::from(std::span<const float>(values), shape);
}
inline Tensor labels(const std::vector<std::int64_t>& values, Shape shape) {
  return Tensor::from(std::span<const std::int64_t>(values), shape);
}
/// An f64 input of gradcheck().
inline Tensor leaf(const std::vector<double>& values, Shape shape) {
  Tensor tensor = f64(values, shape);
  return tensor.set_requires_grad();
}
/// Numbers without a pattern in (-1, 1), away from 0.
inline std::vector<double> wave(std::int64_t count, double phase = 0) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double v = std::sin(1.7 * static_cast<double>(i) + 0.4 + phase);
    values.push_back(std::abs(v) < 0.05 ? 0.05 : v);
  }
  return values;
}

inline void check_close(const Tensor& got, const std::vector<double>& want,
                        double tolerance = 1e-6) {
  const auto values = got.to_vector<double>();
  REQUIRE(values.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    CAPTURE(i);
    CHECK(values[i] == doctest::Approx(want[i]).epsilon(tolerance).scale(1));
  }
}

/// The message of the varve::Error that `function` throws, if its kind is `kind`; else what
/// happened.
template <class Function>
std::string error_of(ErrorKind kind, Function&& function) {
  try {
    std::forward<Function>(function)();
  } catch (const Error& error) {
    return error.kind() == kind ? error.what() : std::string("of another kind: ") + error.what();
  }
  return "no error";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// gradcheck() of a layer in its input (f64, a leaf) and in all its parameters (f64).
inline GradcheckResult gradcheck_layer(Module& layer, const Tensor& x) {
  Tensors inputs = layer.parameters();
  inputs.push_back(x);
  const auto function = [&](const Tensors& at) {
    Tensors parameters = layer.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].assign(at[i]);
    return layer(at.back());
  };
  return gradcheck(function, inputs);
}

/// The arrays of state(), as a checkpoint gives them back.
inline State saved(const NamedTensors& tensors) {
  State state;
  for (const auto& [path, tensor] : tensors) state[path] = tensor.to_array();
  return state;
}

}  // namespace varve::test
