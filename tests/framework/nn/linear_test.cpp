#include "framework/nn/linear.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;

/// weight ((1, 2), (3, -4)), bias (0.5, -1).
void set(Linear& layer) {
  layer.load_state({{"weight", test::f32({1, 2, 3, -4}, {2, 2}).to_array()},
                    {"bias", test::f32({0.5F, -1}, {2}).to_array()}});
}

}  // namespace

TEST_CASE("linear: activation(x w' + b)") {
  Linear plain({.in = 2, .out = 2});
  Linear rectified({.in = 2, .out = 2, .activation = Activation::relu});
  set(plain);
  set(rectified);
  const auto x = test::f32({1, 1, 2, -1}, {2, 2});
  test::check_close(plain(x), {3.5, -2, 0.5, 9});
  test::check_close(rectified(x), {3.5, 0, 0.5, 9});
  CHECK(plain(Tensor::ones({3, 4, 2})).shape() == Shape{3, 4, 2});
}

TEST_CASE("linear: gradients") {
  Linear layer({.in = 3, .out = 2, .activation = Activation::tanh, .dtype = DType::f64});
  const auto x = test::leaf(test::wave(6), {2, 3});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("linear: starts in +-1 / sqrt(in), and the input size may be inferred") {
  Linear layer({.out = 64, .bias = false});
  CHECK(layer.describe() == "Linear(? -> 64, no bias)");
  CHECK(layer(Tensor::ones({2, 25})).shape() == Shape{2, 64});
  CHECK(layer.describe() == "Linear(25 -> 64, no bias)");
  CHECK(layer.named_parameters().size() == 1);
  CHECK(max(abs(layer.weight())).item() <= 0.2);
  CHECK(max(abs(layer.weight())).item() > 0.19);
}

TEST_CASE("linear: bad sizes are told") {
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { Linear({.in = 3, .out = 0}); }),
                       "[Linear] a weight of (0, 3)"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { Linear({.in = -1, .out = 2}); }),
                       "(2, -1)"));
  Linear layer({.in = 3, .out = 2});
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [&] {
                                        layer(Tensor::ones({4, 5}));
                                      }),
                       "(4, 5)"));
  Linear inferred({.out = 2});
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { inferred(Tensor::ones({})); }),
                       "cannot infer"));
}
