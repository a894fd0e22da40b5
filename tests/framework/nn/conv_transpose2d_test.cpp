#include "framework/nn/conv_transpose2d.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/nn/conv2d.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("conv_transpose2d: is the transpose of conv2d with the same weight") {
  Conv2d conv({.in = 2,
               .out = 3,
               .kernel = 3,
               .stride = 2,
               .padding = 1,
               .bias = false,
               .dtype = DType::f64});
  ConvTranspose2d transpose({.in = 3,
                             .out = 2,
                             .kernel = 3,
                             .stride = 2,
                             .padding = 1,
                             .output_padding = 1,
                             .bias = false,
                             .dtype = DType::f64});
  transpose.load_state(test::saved(conv.state()));
  const auto x = test::f64(test::wave(6 * 6 * 2), {1, 6, 6, 2});
  const auto y = test::f64(test::wave(3 * 3 * 3, 1), {1, 3, 3, 3});
  const double there = sum(conv(x) * y).item();
  const double back = sum(x * transpose(y)).item();
  CHECK(there == doctest::Approx(back).epsilon(1e-12));
}

TEST_CASE("conv_transpose2d: one pixel spreads the kernel") {
  ConvTranspose2d layer({.in = 1, .out = 1, .kernel = 2, .stride = 2});
  layer.load_state({{"weight", test::f32({1, 2, 3, 4}, {1, 2, 2, 1}).to_array()},
                    {"bias", test::f32({0.5F}, {1}).to_array()}});
  test::check_close(layer(test::f32({10, 0}, {1, 1, 2, 1})),
                    {10.5, 20.5, 0.5, 0.5, 30.5, 40.5, 0.5, 0.5});
}

TEST_CASE("conv_transpose2d: shapes; channels are inferred") {
  ConvTranspose2d layer({.out = 4, .kernel = 4, .stride = 2, .padding = 1});
  CHECK(layer(Tensor::ones({2, 7, 5, 8})).shape() == Shape{2, 14, 10, 4});
  CHECK(layer.weight().shape() == Shape{8, 4, 4, 4});
  CHECK(layer.describe() == "ConvTranspose2d(8 -> 4, 4x4, stride 2x2, padding 1x1)");
  CHECK(max(abs(layer.weight())).item() <= 1 / std::sqrt(64.0));
}

TEST_CASE("conv_transpose2d: gradients") {
  ConvTranspose2d layer({.in = 2,
                         .out = 1,
                         .kernel = 3,
                         .stride = 2,
                         .padding = 1,
                         .activation = Activation::sigmoid,
                         .dtype = DType::f64});
  const auto x = test::leaf(test::wave(2 * 3 * 2), {1, 2, 3, 2});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("conv_transpose2d: bad sizes are told") {
  CHECK(test::contains(
      test::error_of(ErrorKind::usage, [] { ConvTranspose2d({.in = 2, .out = -1}); }),
      "[ConvTranspose2d]"));
}
