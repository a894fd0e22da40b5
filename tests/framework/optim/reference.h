#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/optim/optimizer.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

namespace varve::test {

/// Two parameters and the loss sum of curvature / 2 (w - target)^2, whose gradient is known.
struct Bowl {
  Tensor a = leaf({1, -2, 0.5}, {3});
  Tensor b = leaf({3}, {1, 1});

  Tensors parameters() const { return {a, b}; }
  Tensor loss() const {
    const auto distance = a - f64({0.2, 1, -1}, {3});
    return sum(square(distance) * f64({0.5, 1, 2}, {3})) + 0.25 * sum(square(b + 1.0));
  }
  static std::vector<double> start() { return {1, -2, 0.5, 3}; }
  static double gradient(std::size_t i, double w) {
    const double target[] = {0.2, 1, -1, -1}, curvature[] = {1, 2, 4, 0.5};
    return curvature[i] * (w - target[i]);
  }
  std::vector<double> values() const {
    auto all = a.to_vector<double>();
    all.push_back(b.item());
    return all;
  }
};

/// Runs `steps` steps of the optimizer beside `rule(i, w, g)`, which returns the new weight i, and
/// compares after each. `rates[t]` is the learning rate of step t, the last one for all beyond.
inline void check_steps(
    Bowl& bowl, Optimizer& optimizer, int steps, const std::vector<double>& rates,
    const std::function<double(std::size_t, double, double, double, int)>& rule) {
  auto want = bowl.values();
  for (int t = 0; t < steps; ++t) {
    const double rate = rates[std::min(static_cast<std::size_t>(t), rates.size() - 1)];
    optimizer.set_learning_rate(rate);
    optimizer.zero_grad();
    backward(bowl.loss());
    optimizer.step();
    for (std::size_t i = 0; i < want.size(); ++i)
      want[i] = rule(i, want[i], Bowl::gradient(i, want[i]), rate, t);
    const auto got = bowl.values();
    for (std::size_t i = 0; i < want.size(); ++i) {
      CAPTURE(t);
      CAPTURE(i);
      CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-10));
    }
  }
}

}  // namespace varve::test
