#include "framework/nn/spectral_norm.h"

#include "framework/linalg/linalg.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/linear.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/nn/support.h"

using namespace varve;

namespace {

/// The matrix by which a linear layer multiplies.
Tensor matrix_of(Linear& layer, std::int64_t in) { return layer(Tensor::eye(in)).transpose(); }

}  // namespace

TEST_CASE("spectral norm: the largest singular value becomes 1 and stays there") {
  manual_seed(3);
  Linear layer({.in = 5, .out = 4, .bias = false, .spectral_norm = true});
  for (int i = 0; i < 50; ++i) layer(Tensor::ones({1, 5}));
  CHECK(linalg::svd(matrix_of(layer, 5)).s[0].item() == doctest::Approx(1).epsilon(1e-4));
  Tensor weight = layer.weight();
  weight.assign(weight * 100.0);
  CHECK(linalg::svd(matrix_of(layer, 5)).s[0].item() == doctest::Approx(1).epsilon(1e-3));
}

TEST_CASE("spectral norm: vectors are in the checkpoint, and move while training only") {
  manual_seed(4);
  ConvTranspose2d layer({.in = 2, .out = 3, .kernel = 2, .spectral_norm = true});
  const auto names = layer.named_buffers();
  REQUIRE(names.size() == 2);
  CHECK(names[0].path == "weight_u");
  CHECK(names[1].path == "weight_v");
  CHECK(names[0].tensor.shape() == Shape{3});
  CHECK(names[1].tensor.shape() == Shape{8});
  const auto x = Tensor::ones({1, 2, 2, 2});
  const auto before = names[0].tensor.to_vector<float>();
  layer.eval();
  layer(x);
  CHECK(names[0].tensor.to_vector<float>() == before);
  layer.train();
  layer(x);
  CHECK(names[0].tensor.to_vector<float>() != before);

  ConvTranspose2d other({.in = 2, .out = 3, .kernel = 2, .spectral_norm = true});
  other.load_state(test::saved(layer.state()), WeightOrder::varve);
  layer.eval();
  other.eval();
  CHECK(other(x).to_vector<float>() == layer(x).to_vector<float>());
}

TEST_CASE("spectral norm: two passes in one graph, as a discriminator's, and the gradient") {
  manual_seed(5);
  Linear layer({.in = 3, .out = 2, .spectral_norm = true});
  const auto loss = sum(layer(Tensor::ones({1, 3}))) - sum(layer(Tensor::zeros({1, 3})));
  CHECK_NOTHROW(backward(loss));
  // W / |W| does not change with the size of W: the gradient has no part along W.
  for (int i = 0; i < 50; ++i) layer(Tensor::ones({1, 3}));
  const auto slope = grad(sum(square(layer(Tensor::ones({1, 3})))), {layer.weight()})[0];
  CHECK(sum(slope * layer.weight()).item() == doctest::Approx(0).scale(1).epsilon(1e-4));
}

TEST_CASE("spectral norm: an input size that is inferred has its vectors with the weight") {
  Linear layer({.out = 2, .spectral_norm = true});
  layer(Tensor::ones({1, 3}));
  CHECK(layer.named_buffers()[1].tensor.shape() == Shape{3});
}
