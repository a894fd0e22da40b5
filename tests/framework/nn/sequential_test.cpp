#include "framework/nn/sequential.h"

#include <doctest/doctest.h>

#include "framework/nn/activations.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("sequential: runs its layers in order and names them by number") {
  Sequential net(layer<Flatten>(), layer<Linear>({.out = 3}), layer<ReLU>());
  auto& last = net.add<Linear>({.out = 2});
  net.add<Tanh>();
  CHECK(net.size() == 5);
  CHECK(net(Tensor::ones({4, 2, 5})).shape() == Shape{4, 2});
  CHECK(net.named_parameters()[0].path == "1.weight");
  CHECK(net.named_parameters()[2].path == "3.weight");
  CHECK(last.weight().shape() == Shape{2, 3});
  CHECK(&net[3] == &last);
}

TEST_CASE("sequential: computes the composition") {
  Sequential net(layer<Linear>({.in = 1, .out = 1}), layer<ReLU>());
  net.load_state({{"0.weight", test::f32({-2}, {1, 1}).to_array()},
                  {"0.bias", test::f32({1}, {1}).to_array()}});
  test::check_close(net(test::f32({-1, 0, 2}, {3, 1})), {3, 1, 0});
  Sequential nothing;
  test::check_close(nothing(test::f32({5}, {1})), {5});
}

TEST_CASE("sequential: a null layer is told") {
  Sequential net;
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { net.append(nullptr); }), "null"));
}
