#include "framework/nn/layer_norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("layer_norm: every row has mean 0 and variance 1, then weight and bias") {
  LayerNorm layer;
  const auto x = test::f32({1, 2, 3, 10, 10, 40}, {2, 3});
  const double a = 1 / std::sqrt(2.0 / 3 + 1e-5), b = 10 / std::sqrt(200.0 + 1e-5);
  test::check_close(layer(x), {-a, 0, a, -b, -b, 2 * b}, 1e-5);
  layer.load_state({{"weight", test::f32({2, 1, 1}, {3}).to_array()},
                    {"bias", test::f32({0, 0, 7}, {3}).to_array()}});
  test::check_close(layer(x), {-2 * a, 0, a + 7, -2 * b, -b, 2 * b + 7}, 1e-5);
}

TEST_CASE("layer_norm: gradients, and without weight and bias no parameters") {
  LayerNorm layer({.features = 3, .dtype = DType::f64});
  const auto x = test::leaf(test::wave(6), {2, 3});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
  LayerNorm bare({.affine = false});
  CHECK(bare(x).shape() == x.shape());
  CHECK(bare.parameters().empty());
}

TEST_CASE("layer_norm: bad settings and inputs are told") {
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { LayerNorm({.epsilon = 0}); }),
                       "epsilon = 0"));
  LayerNorm layer({.features = 4});
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [&] {
                                        layer(Tensor::ones({2, 3}));
                                      }),
                       "[LayerNorm]"));
}
