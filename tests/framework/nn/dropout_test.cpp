#include "framework/nn/dropout.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("dropout: zeros with probability p and keeps the mean; evaluation is the identity") {
  manual_seed(1);
  Dropout layer({.p = 0.25});
  const auto x = Tensor::ones({100, 100});
  const auto y = layer(x);
  double zeros = 0;
  for (const float v : y.to_vector<float>()) {
    CHECK_UNARY(v == 0 || std::abs(v - 4.0F / 3) < 1e-6F);
    zeros += v == 0 ? 1 : 0;
  }
  CHECK(std::abs(zeros / 10000 - 0.25) < 4 * std::sqrt(0.25 * 0.75 / 10000));
  CHECK(layer(x).to_vector<float>() != y.to_vector<float>());
  layer.eval();
  CHECK(layer(x).to_vector<float>() == x.to_vector<float>());
}

TEST_CASE("dropout: a captured step draws new zeros each time, the eager ones") {
  Dropout layer;
  const auto x = Tensor::ones({64});
  manual_seed(9);
  std::vector<std::vector<float>> want;
  for (int i = 0; i < 5; ++i) want.push_back(layer(x).to_vector<float>());
  manual_seed(9);
  auto step = capture([&](const Tensors& in) { return Tensors{layer(in[0])}; });
  for (int i = 0; i < 5; ++i)
    CHECK(step({x})[0].to_vector<float>() == want[static_cast<std::size_t>(i)]);
  CHECK(want[3] != want[4]);
}

TEST_CASE("dropout: p must be in [0, 1)") {
  for (const double p : {-0.1, 1.0, std::nan("")})
    CHECK(
        test::contains(test::error_of(ErrorKind::usage, [&] { Dropout({.p = p}); }), "[Dropout]"));
}
