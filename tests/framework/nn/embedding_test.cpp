#include "framework/nn/embedding.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("embedding: indices become rows, and a row's gradient counts its uses") {
  Embedding layer({.count = 3, .features = 2});
  layer.load_state({{"weight", test::f32({1, 2, 3, 4, 5, 6}, {3, 2}).to_array()}});
  const auto y = layer(test::labels({2, 0, 2, 2}, {2, 2}));
  CHECK(y.shape() == Shape{2, 2, 2});
  test::check_close(y, {5, 6, 1, 2, 5, 6, 5, 6});
  backward(sum(y));
  test::check_close(layer.weight().grad(), {1, 1, 0, 0, 3, 3});
}

TEST_CASE("embedding: sizes must be positive") {
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { Embedding({.count = 0}); }),
                       "count = 0"));
}
