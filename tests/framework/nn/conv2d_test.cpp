#include "framework/nn/conv2d.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("conv2d: a hand-computed correlation with bias and activation") {
  Conv2d layer({.in = 1, .out = 1, .kernel = 2, .activation = Activation::relu});
  layer.load_state({{"weight", test::f32({1, 0, -1, 2}, {1, 2, 2, 1}).to_array()},
                    {"bias", test::f32({-8}, {1}).to_array()}});
  const auto x = test::f32({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 3, 3, 1});
  // 1 - 4 + 2 5 = 7; 2 - 5 + 2 6 = 9; 4 - 7 + 2 8 = 13; 5 - 8 + 2 9 = 15; minus 8.
  test::check_close(layer(x), {0, 1, 5, 7});
}

TEST_CASE("conv2d: shapes with stride, padding and unequal sides; channels are inferred") {
  Conv2d layer({.out = 8, .kernel = {3, 5}, .stride = {2, 1}, .padding = {1, 2}});
  CHECK(layer(Tensor::ones({2, 28, 20, 3})).shape() == Shape{2, 14, 20, 8});
  CHECK(layer.weight().shape() == Shape{8, 3, 5, 3});
  CHECK(layer.describe() == "Conv2d(3 -> 8, 3x5, stride 2x1, padding 1x2)");
  CHECK(max(abs(layer.weight())).item() <= 1 / std::sqrt(45.0));
  CHECK(max(abs(layer.bias())).item() <= 1 / std::sqrt(45.0));
}

TEST_CASE("conv2d: gradients") {
  Conv2d layer({.in = 2, .out = 2, .kernel = 2, .stride = 2, .padding = 1, .dtype = DType::f64});
  const auto x = test::leaf(test::wave(1 * 4 * 4 * 2), {1, 4, 4, 2});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("conv2d: bad sizes are told") {
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { Conv2d({.out = 1, .kernel = 0}); }),
                       "[Conv2d]"));
  Conv2d layer({.in = 3, .out = 1});
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [&] {
                                        layer(Tensor::ones({1, 8, 8, 1}));
                                      }),
                       "channels"));
}

TEST_CASE("Conv2d: weights in PyTorch's order are permuted, refused, or asked about") {
  Conv2d conv({.in = 3, .out = 2, .kernel = 3, .bias = false});
  std::vector<float> values(2 * 3 * 3 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  State state;
  state["weight"] = Array::of<float>({2, 3, 3, 3}, values);
  CHECK(test::contains(test::error_of(ErrorKind::input, [&] { conv.load_state(state); }),
                       "say which"));
  conv.load_state(state, WeightOrder::varve);
  CHECK(conv.weight().to_vector<float>() == values);
  conv.load_state(state, WeightOrder::torch);
  // (out, kh, kw, in) = (1, 2, 0, 1) is PyTorch's (1, 1, 2, 0).
  CHECK(conv.weight()[1][2][0][1].item() == 27 + 9 + 6);

  Conv2d wide({.in = 2, .out = 2, .kernel = 3, .bias = false});
  state["weight"] = Array::of<float>({2, 2, 3, 3}, std::span(values).first(36));
  CHECK(test::contains(test::error_of(ErrorKind::input, [&] { wide.load_state(state); }),
                       "WeightOrder::torch"));
  wide.load_state(state, WeightOrder::torch);
  CHECK(wide.weight()[1][2][0][1].item() == 18 + 9 + 6);
}
