#include "framework/nn/conv1d.h"

#include "framework/nn/conv2d.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("Conv1d: shapes, and channels that are inferred") {
  Conv1d layer({.out = 6, .kernel = 3, .stride = 2, .padding = 1, .groups = 2});
  CHECK(layer(Tensor::ones({2, 9, 4})).shape() == Shape{2, 5, 6});
  CHECK(layer.weight().shape() == Shape{6, 3, 2});
  CHECK(layer.describe() == "Conv1d(4 -> 6, 3, stride 2, padding 1, 2 groups)");
}

TEST_CASE("Conv1d: weights in PyTorch's order (out, in, k)") {
  Conv1d layer({.in = 2, .out = 1, .kernel = 3, .bias = false});
  State state;
  state["weight"] = test::f32({0, 1, 2, 3, 4, 5}, {1, 2, 3}).to_array();
  layer.load_state(state, WeightOrder::torch);
  test::check_close(layer.weight(), {0, 3, 1, 4, 2, 5});
}

TEST_CASE("groups and dilation: gradients of layers in input, weight and bias") {
  Conv1d sequence(
      {.in = 2, .out = 2, .kernel = 2, .dilation = 2, .groups = 2, .dtype = DType::f64});
  const auto line = test::leaf(test::wave(4 * 2), {1, 4, 2});
  const auto of_sequence = test::gradcheck_layer(sequence, line);
  CHECK_MESSAGE(of_sequence.ok, of_sequence.message);

  Conv2d image({.in = 2,
                .out = 2,
                .kernel = 2,
                .padding = 1,
                .dilation = 2,
                .padding_mode = PadMode::reflect,
                .dtype = DType::f64});
  const auto pixels = test::leaf(test::wave(3 * 3 * 2), {1, 3, 3, 2});
  const auto of_image = test::gradcheck_layer(image, pixels);
  CHECK_MESSAGE(of_image.ok, of_image.message);

  ConvTranspose2d back(
      {.in = 4, .out = 2, .kernel = 2, .stride = 2, .groups = 2, .dtype = DType::f64});
  const auto codes = test::leaf(test::wave(2 * 1 * 4), {1, 2, 1, 4});
  const auto of_back = test::gradcheck_layer(back, codes);
  CHECK_MESSAGE(of_back.ok, of_back.message);
}
