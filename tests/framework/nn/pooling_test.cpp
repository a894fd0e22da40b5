#include "framework/nn/pooling.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("pooling: maximum and mean of 2x2 windows, a channel at a time") {
  const auto x = test::f32({1, -1, 2, -2, 3, -3, 4, -4,  //
                            5, -5, 6, -6, 7, -7, 8, -8},
                           {1, 2, 4, 2});
  MaxPool2d greatest;
  AvgPool2d average;
  CHECK(greatest(x).shape() == Shape{1, 1, 2, 2});
  test::check_close(greatest(x), {6, -1, 8, -3});
  test::check_close(average(x), {3.5, -3.5, 5.5, -5.5});
}

TEST_CASE("pooling: overlapping windows; padding never wins a maximum and is a zero of a mean") {
  const auto x = test::f32({-1, -2, -3, -4}, {1, 2, 2, 1});
  MaxPool2d greatest({.kernel = 2, .stride = 1, .padding = 1});
  AvgPool2d average({.kernel = 2, .stride = 1, .padding = 1});
  test::check_close(greatest(x), {-1, -1, -2, -1, -1, -2, -3, -3, -4});
  test::check_close(average(x), {-0.25, -0.75, -0.5, -1, -2.5, -1.5, -0.75, -1.75, -1});
  CHECK(greatest.describe() == "MaxPool2d(2x2, stride 1x1)");
}

TEST_CASE("pooling: gradients") {
  const auto x = test::leaf(test::wave(16), {1, 4, 4, 1});
  MaxPool2d greatest;
  AvgPool2d average({.kernel = 3, .stride = 1});
  for (Module* layer : {static_cast<Module*>(&greatest), static_cast<Module*>(&average)}) {
    const auto result = gradcheck([&](const Tensors& in) { return (*layer)(in[0]); }, {x});
    CHECK_MESSAGE(result.ok, result.message);
  }
}
