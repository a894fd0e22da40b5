#include "framework/tensor/functional.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "framework/core/error.h"

using namespace varve;

namespace {

using Floats = std::vector<float>;
Floats values(const Tensor& tensor) { return tensor.to_vector<float>(); }
Tensor integers(std::vector<std::int32_t> v) {
  return Tensor::from(std::span<const std::int32_t>(v), {static_cast<std::int64_t>(v.size())});
}

}  // namespace

TEST_CASE("activations at known points") {
  const auto x = Tensor::from({-2, 0, 2});
  CHECK(values(relu(x)) == Floats{0, 0, 2});
  CHECK(values(leaky_relu(x, 0.5)) == Floats{-1, 0, 2});
  CHECK(elu(x)[0].item() == doctest::Approx(std::exp(-2.0) - 1));
  CHECK(silu(x)[2].item() == doctest::Approx(2 / (1 + std::exp(-2.0))));
  CHECK(gelu(x)[2].item() == doctest::Approx(1.9544997));
  CHECK(softplus(x)[1].item() == doctest::Approx(std::numbers::ln2));
  CHECK(cos(x)[1].item() == doctest::Approx(1));
  CHECK(values(clamp(x, -1, 1)) == Floats{-1, 0, 1});
  CHECK(values(minimum(x, -x)) == Floats{-2, 0, -2});
}

TEST_CASE("extremes neither overflow nor hide NaN") {
  const auto x = Tensor::from({-1000, 1000});
  CHECK(values(softplus(x)) == Floats{0, 1000});
  CHECK(values(sigmoid(x)) == Floats{0, 1});
  CHECK(values(bce_with_logits(x, Tensor::from({0, 1}))) == Floats{0, 0});
  CHECK(values(softmax(x)) == Floats{0, 1});
  CHECK(logsumexp(x).item() == 1000);
  const auto nan = Tensor::full({}, std::nan(""));
  CHECK(std::isnan(maximum(nan, Tensor::scalar(1)).item()));
  CHECK(std::isnan(maximum(Tensor::scalar(1), nan).item()));
}

TEST_CASE("reductions") {
  const auto x = Tensor::arange(6).reshape({2, 3});
  CHECK(sum(x).item() == 15);
  CHECK(values(sum(x, {0})) == Floats{3, 5, 7});
  CHECK(sum(x, {0}, true).shape() == Shape{1, 3});
  CHECK(values(mean(x, {-1})) == Floats{1, 4});
  CHECK(values(max(x, {1})) == Floats{2, 5});
  CHECK(min(x).item() == 0);
  CHECK(variance(x, {1})[0].item() == doctest::Approx(2.0 / 3));
  CHECK(values(argmax(Tensor::from({1, 3, 3}))) == Floats{1});
  CHECK(sum(Tensor::zeros({0, 2}), {0}).to_vector<float>() == Floats{0, 0});
  CHECK_THROWS_AS(max(Tensor::zeros({0})), Error);
  CHECK(global_norm({Tensor::from({3}), Tensor::from({4})}).item() == doctest::Approx(5));
}

TEST_CASE("indexing") {
  const auto rows = Tensor::arange(6).reshape({3, 2});
  CHECK(values(take(rows, integers({2, 0}))) == Floats{4, 5, 0, 1});
  CHECK(values(one_hot(integers({1, 0}), 3)) == Floats{0, 1, 0, 1, 0, 0});
  CHECK(values(gather(rows, integers({1, 0, 1}).reshape({3, 1}), 1)) == Floats{1, 2, 5});
  CHECK(values(scatter_add(Tensor::zeros({3}), integers({0, 2, 0}), Tensor::from({1, 2, 3}), 0)) ==
        Floats{4, 0, 2});
  CHECK_THROWS_AS(take(rows, integers({3})), Error);
  CHECK_THROWS_AS(take(rows, Tensor::from({1})), Error);
}

TEST_CASE("joining and padding") {
  const auto a = Tensor::from({1, 2});
  CHECK(values(concat({a, Tensor::from({3})}, 0)) == Floats{1, 2, 3});
  CHECK(stack({a, a}, 0).shape() == Shape{2, 2});
  CHECK(values(pad(a, {1}, {2})) == Floats{0, 1, 2, 0, 0});
  CHECK(values(pad(a, {1}, {0}, 7)) == Floats{7, 1, 2});
  CHECK_THROWS_AS(concat({a, Tensor::zeros({1, 1})}, 0), Error);
  CHECK_THROWS_AS(pad(a, {-1}, {0}), Error);
}

TEST_CASE("convolution by hand, and its transpose is its adjoint") {
  const auto x = Tensor::arange(9).reshape({1, 3, 3, 1});
  const auto w = Tensor::from({1, 2, 3, 4}).reshape({1, 2, 2, 1});
  CHECK(values(conv2d(x, w, Tensor::from({1}), {})) == Floats{28, 38, 58, 68});
  // <conv(x), y> = <x, conv_transpose(y)>
  const Window window{{2, 2}, {2, 2}, {1, 0}};
  const auto y = conv2d(x, w, {}, window);
  const auto back = conv_transpose2d(y, w, {}, window, Activation::identity, 1);
  CHECK(sum(y * y).item() == doctest::Approx(sum(x * back.slice(1, 0, 3).slice(2, 0, 3)).item()));
  CHECK_THROWS_WITH_AS(conv2d(x, Tensor::zeros({1, 2, 2, 3}), {}, {}),
                       doctest::Contains("has 1 channels"), Error);
}

TEST_CASE("pooling and upsampling") {
  const auto x = Tensor::arange(16).reshape({1, 4, 4, 1});
  const Window half{{2, 2}, {2, 2}, {0, 0}};
  CHECK(values(max_pool2d(x, half)) == Floats{5, 7, 13, 15});
  CHECK(values(avg_pool2d(x, half)) == Floats{2.5, 4.5, 10.5, 12.5});
  CHECK(values(upsample_nearest(Tensor::from({1, 2}).reshape({1, 1, 2, 1}), 2)) ==
        Floats{1, 1, 2, 2, 1, 1, 2, 2});
}
