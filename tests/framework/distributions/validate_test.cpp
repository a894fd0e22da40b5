#include "framework/distributions/validate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "framework/autograd/autograd.h"
#include "framework/distributions/continuous.h"
#include "framework/distributions/discrete.h"
#include "framework/distributions/multivariate_normal.h"
#include "framework/losses/losses.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::f32;

/// What a function gives in calls 1 to 4 of a captured step, of which the last are replays.
std::vector<float> captured(const std::function<Tensor(const Tensor&)>& function, const Tensor& x) {
  auto step = capture([&](const Tensors& in) { return Tensors{function(in[0])}; });
  std::vector<float> last;
  for (int i = 0; i < 4; ++i) last = step({x})[0].to_vector<float>();
  CHECK(step.compiled());
  return last;
}

const std::vector<std::function<Tensor(const Tensor&)>>& users() {
  static const std::vector<std::function<Tensor(const Tensor&)>> all{
      [](const Tensor& x) { return Normal(x, x).log_prob(x); },
      [](const Tensor& x) { return Normal(x, x).rsample(); },
      [](const Tensor& x) { return Laplace(x, x).rsample(); },
      [](const Tensor& x) { return Uniform(0 * x, x).rsample(); },
      [](const Tensor& x) { return Uniform(0 * x, x).log_prob(0.5 * x); },
      [](const Tensor& x) {
        return MultivariateNormal(x, x.reshape({1, 1})).rsample();
      },
      [](const Tensor& x) { return Bernoulli(0 * x).log_prob(x); },
      [](const Tensor& x) { return binary_cross_entropy(x, 0 * x); },
      [](const Tensor& x) { return binary_cross_entropy_with_logits(0 * x, x); }};
  return all;
}

}  // namespace

TEST_CASE("validate: what is refused in the open makes NaN in a captured step") {
  const Tensor good = f32({0.5F}, {1}), bad = f32({-0.5F}, {1});
  for (std::size_t i = 0; i < users().size(); ++i) {
    CAPTURE(i);
    const auto& use = users()[i];
    CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { use(bad); }), "-0.5"));
    for (const float value : captured(use, bad)) CHECK(std::isnan(value));
    for (const float value : captured(use, good)) CHECK(std::isfinite(value));
  }
}

TEST_CASE("validate: a captured step gives what the open one gives, and the gradients") {
  const std::function<Tensor(const Tensor&)> slope = [](const Tensor& x) {
    Tensor at = x.detach();
    at.set_requires_grad();
    return grad(sum(Normal(at, at).log_prob(at * at)), {at})[0];
  };
  const Tensor x = f32({0.5F, 3}, {2});
  CHECK(captured(slope, x) == slope(x).to_vector<float>());
}

TEST_CASE("validate: labels drawn from NaN in a captured step are no class") {
  auto step = capture([](const Tensors& in) { return Tensors{Categorical(in[0]).sample()}; });
  const Tensor logits = f32({0, std::nanf("")}, {2});
  for (int i = 0; i < 3; ++i)
    CHECK(step({logits})[0].to_vector<std::int64_t>() == std::vector<std::int64_t>{-1});
}

TEST_CASE("validate: a backend that computes nothing refuses nothing") {
  const Device null = Device::open("null");
  const Tensor x = Tensor::ones({2}, DType::f32, null);
  CHECK(Normal(x, x).log_prob(x).shape() == Shape{2});
  CHECK(Uniform(x, x).entropy().shape() == Shape{2});
  CHECK(Categorical(x).entropy().shape() == Shape{});
}
