#include "framework/nn/upsample.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("upsample: repeats every pixel; the gradient sums the repeats") {
  Upsample layer({.factor = 2});
  Tensor x = test::f32({1, 2}, {1, 1, 2, 1});
  x.set_requires_grad();
  const auto y = layer(x);
  CHECK(y.shape() == Shape{1, 2, 4, 1});
  test::check_close(y, {1, 1, 2, 2, 1, 1, 2, 2});
  backward(sum(y));
  test::check_close(x.grad(), {4, 4});
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { Upsample({.factor = 0}); }),
                       "factor = 0"));
}
