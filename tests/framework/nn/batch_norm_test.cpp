#include "framework/nn/batch_norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("batch_norm: training normalises by the batch and moves the running statistics") {
  BatchNorm layer({.features = 2, .momentum = 0.1});
  const auto x = test::f32({1, 10, 3, 30, 5, 20}, {3, 2});
  const auto y = layer(x);
  // Means 3 and 20, biased variances 8/3 and 200/3, unbiased 4 and 100.
  const double a = 2 / std::sqrt(8.0 / 3 + 1e-5), b = 10 / std::sqrt(200.0 / 3 + 1e-5);
  test::check_close(y, {-a, -b, 0, b, a, 0}, 1e-5);
  test::check_close(layer.running_mean(), {0.3, 2});
  test::check_close(layer.running_variance(), {0.9 + 0.4, 0.9 + 10});
  CHECK_FALSE(layer.running_mean().requires_grad());
}

TEST_CASE("batch_norm: evaluation uses the running statistics and leaves them") {
  BatchNorm layer({.features = 2});
  layer.load_state({{"weight", test::f32({2, 1}, {2}).to_array()},
                    {"bias", test::f32({0, 5}, {2}).to_array()},
                    {"running_mean", test::f32({1, 2}, {2}).to_array()},
                    {"running_var", test::f32({4, 9}, {2}).to_array()}});
  layer.eval();
  test::check_close(layer(test::f32({3, 8}, {1, 2})), {2, 7}, 1e-5);
  test::check_close(layer.running_mean(), {1, 2});
}

TEST_CASE("batch_norm: images are normalised over batch and pixels; features are inferred") {
  BatchNorm2d layer;
  const auto y = layer(test::f32(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 1, 2}));
  test::check_close(mean(y, {0, 1, 2}), {0, 0});
  test::check_close(variance(y, {0, 1, 2}), {1, 1}, 1e-5);
  CHECK(layer.describe() == "BatchNorm(2)");
}

TEST_CASE("batch_norm: gradients, and without weight and bias no parameters") {
  BatchNorm layer({.features = 2, .dtype = DType::f64});
  const auto x = test::leaf(test::wave(8), {4, 2});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
  CHECK(BatchNorm({.features = 2, .affine = false}).parameters().empty());
  CHECK(BatchNorm({.features = 2, .affine = false}).named_buffers().size() == 2);
}

TEST_CASE("batch_norm: a captured step moves the statistics as an eager one does") {
  BatchNorm eager({.features = 3}), replayed({.features = 3});
  auto step = capture([&](const Tensors& in) { return Tensors{replayed(in[0])}; });
  Tensor x = Tensor::empty({4, 3});
  for (int i = 0; i < 5; ++i) {
    x.assign(test::f64(test::wave(12, i), {4, 3}));
    CHECK(step({x})[0].to_vector<float>() == eager(x).to_vector<float>());
    CHECK(replayed.running_mean().to_vector<float>() == eager.running_mean().to_vector<float>());
    CHECK(replayed.running_variance().to_vector<float>() ==
          eager.running_variance().to_vector<float>());
  }
  CHECK(step.compiled());
}

TEST_CASE("batch_norm: a single value has no variance, and bad settings are told") {
  BatchNorm layer({.features = 2});
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [&] {
                                        layer(Tensor::ones({1, 2}));
                                      }),
                       "one value a feature"));
  layer.eval();
  CHECK_NOTHROW(layer(Tensor::ones({1, 2})));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { BatchNorm({.momentum = 2}); }),
                       "momentum = 2"));
  BatchNorm inferred;
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { inferred(Tensor::ones({3})); }),
                       "cannot infer"));
}
