#include "framework/nn/activations.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("activations: values") {
  const auto x = test::f64({-2, 0, 1.5}, {3});
  const auto logistic = [](double v) { return 1 / (1 + std::exp(-v)); };
  const auto phi = [](double v) { return 0.5 * (1 + std::erf(v / std::sqrt(2.0))); };
  test::check_close(ReLU()(x), {0, 0, 1.5});
  test::check_close(LeakyReLU()(x), {-0.02, 0, 1.5});
  test::check_close(LeakyReLU({.slope = 0.2})(x), {-0.4, 0, 1.5});
  test::check_close(ELU()(x), {std::exp(-2.0) - 1, 0, 1.5});
  test::check_close(ELU({.alpha = 2})(x), {2 * std::exp(-2.0) - 2, 0, 1.5});
  test::check_close(SiLU()(x), {-2 * logistic(-2), 0, 1.5 * logistic(1.5)});
  test::check_close(GELU()(x), {-2 * phi(-2), 0, 1.5 * phi(1.5)});
  test::check_close(Tanh()(x), {std::tanh(-2.0), 0, std::tanh(1.5)});
  test::check_close(Sigmoid()(x), {logistic(-2), 0.5, logistic(1.5)});
  test::check_close(Softplus()(x),
                    {std::log1p(std::exp(-2.0)), std::log(2.0), std::log1p(std::exp(1.5))});
}

TEST_CASE("activations: each has a name, a gradient, and is finite far out") {
  CHECK(activation_names().size() == 8);
  for (const auto& name : activation_names()) {
    CAPTURE(name);
    const auto layer = make_activation(name);
    const auto result = gradcheck([&](const Tensors& in) { return (*layer)(in[0]); },
                                  {test::leaf({-3, -0.5, 0.4, 2}, {4})});
    CHECK_MESSAGE(result.ok, result.message);
    for (const float v : (*layer)(test::f32({-1000, 1000}, {2})).to_vector<float>())
      CHECK(std::isfinite(v));
  }
}

TEST_CASE("activations: an unknown name gets the nearest") {
  const auto message = test::error_of(ErrorKind::usage, [] { make_activation("gelo"); });
  CHECK(test::contains(message, "'gelo'"));
  CHECK(test::contains(message, "gelu"));
}

TEST_CASE("GLU: one half of the last axis opens the gate for the other") {
  const auto x = test::f64({2, -1, 0, 1.5, 3, 0.5, 0, -2}, {2, 4});
  const auto logistic = [](double v) { return 1 / (1 + std::exp(-v)); };
  test::check_close(GLU()(x), {2 * 0.5, -logistic(1.5), 3 * 0.5, 0.5 * logistic(-2)});
  const auto result = gradcheck([&](const Tensors& in) { return GLU()(in[0]); },
                                {test::leaf(test::wave(8), {2, 4})});
  CHECK_MESSAGE(result.ok, result.message);
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [] {
                                        GLU()(Tensor::ones({2, 3}));
                                      }),
                       "(2, 3)"));
}
