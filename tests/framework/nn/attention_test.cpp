#include "framework/nn/attention.h"

#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("MultiheadAttention: gradients in the input and all parameters") {
  MultiheadAttention layer({.features = 4, .heads = 2, .causal = true, .dtype = DType::f64});
  const auto x = test::leaf(test::wave(2 * 3 * 4), {2, 3, 4});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("MultiheadAttention: causal: what comes later changes nothing") {
  MultiheadAttention layer({.features = 4, .heads = 2, .causal = true, .dtype = DType::f64});
  const auto x = test::f64(test::wave(3 * 4), {3, 4});
  const auto later = concat({x.slice(0, 0, 2), x.slice(0, 2, 3) * 7.0}, 0);
  test::check_close(layer(later).slice(0, 0, 2), layer(x).slice(0, 0, 2).to_vector<double>());
}

TEST_CASE("MultiheadAttention: a mask a batch hides keys from all heads") {
  MultiheadAttention layer({.features = 4, .heads = 2, .dtype = DType::f64});
  const auto x = test::f64(test::wave(2 * 3 * 4), {2, 3, 4});
  // The first sequence of the batch has two keys, the second has three.
  const auto mask = test::labels({1, 1, 0, 1, 1, 1}, {2, 1, 3}).to(DType::boolean);
  const auto y = layer.attend(x, x, x, mask);
  const auto first = layer.attend(x[0], x[0].slice(0, 0, 2), x[0].slice(0, 0, 2));
  test::check_close(y[0], first.to_vector<double>());
  test::check_close(y[1], layer(x[1]).to_vector<double>());
}

TEST_CASE("MultiheadAttention: dropout while training only") {
  manual_seed(1);
  MultiheadAttention layer({.features = 4, .heads = 2, .dropout = 0.5});
  const auto x = test::f32(std::vector<float>(24, 1), {2, 3, 4});
  CHECK(layer(x).to_vector<float>() != layer(x).to_vector<float>());
  layer.eval();
  CHECK(layer(x).to_vector<float>() == layer(x).to_vector<float>());
}
