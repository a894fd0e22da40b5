#include "framework/nn/reshape.h"

#include <doctest/doctest.h>

#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("reshape: flatten and reshape keep the batch axis") {
  const auto x = Tensor::arange(24).reshape({2, 2, 3, 2});
  Flatten flatten;
  Reshape back({.shape = {2, 3, 2}});
  CHECK(flatten(x).shape() == Shape{2, 12});
  CHECK(Flatten({.first_axis = 2})(x).shape() == Shape{2, 2, 6});
  CHECK(back(flatten(x)).shape() == x.shape());
  CHECK(back(flatten(x)).to_vector<float>() == x.to_vector<float>());
  CHECK(back.describe() == "Reshape(2, 3, 2)");
  CHECK(Reshape({.shape = {3, -1}})(x).shape() == Shape{2, 3, 4});
}

TEST_CASE("reshape: what does not fit is told") {
  Reshape layer({.shape = {5}});
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [&] {
                                        layer(Tensor::ones({2, 4}));
                                      }),
                       "reshape"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { layer(Tensor::ones({})); }),
                       "no batch axis"));
}
