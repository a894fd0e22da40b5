#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/backend/decorators.h"
#include "framework/tensor/functional.h"

namespace varve {

TEST_CASE("null: shapes without data, forward and backward") {
  const Device device(make_null_backend());
  CHECK(device.name() == "null");
  // As large as a machine could not hold.
  auto weight = Tensor::empty({64, 5, 5, 3}, DType::f32, device).set_requires_grad();
  const auto images = Tensor::empty({1'000'000, 512, 512, 3}, DType::f32, device);
  const auto y = conv2d(images, weight, {}, {{5, 5}, {2, 2}, {2, 2}}, Activation::relu);
  CHECK(y.shape() == Shape{1'000'000, 256, 256, 64});
  CHECK(y.view().buffer.host() == nullptr);
  backward(mean(y));
  CHECK(weight.grad().shape() == weight.shape());
}

TEST_CASE("null: reads back zeros") {
  const Device device(make_null_backend());
  const auto x = Tensor::from({1, 2, 3}, device);
  CHECK(x.to_vector<float>() == std::vector<float>{0, 0, 0});
  CHECK(exp(x).numel() == 3);
}

}  // namespace varve
