#include "framework/autograd/function.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"

using namespace varve;

namespace {

Tensor leaf(std::initializer_list<float> v, DType dtype = DType::f32) {
  auto x = cast(Tensor::from(v), dtype).detach();
  x.set_requires_grad();
  return x;
}

/// e^x y with both gradients by hand; it saves a result, an input and one more tensor.
const CustomFunction scaled_exp{"scaled_exp",
                                [](Saved& saved, const Tensors& in) {
                                  const Tensor e = exp(in[0]), result = e * in[1];
                                  saved.save(result);
                                  saved.save(in[1]);
                                  saved.save(in[0]);
                                  return Tensors{result};
                                },
                                [](const Saved& saved, const Tensors& g) {
                                  return Tensors{g[0] * saved[0], g[0] * exp(saved[2])};
                                }};

}  // namespace

TEST_CASE("a custom function has the gradient that it gives, to second order") {
  const auto f = [](const Tensors& in) { return apply(scaled_exp, in)[0]; };
  CHECK(gradcheck(f, {leaf({0.1F, -0.4F}, DType::f64), leaf({2, 3}, DType::f64)},
                  {.second_order = true}));
  auto x = leaf({0}), y = leaf({4});
  backward(sum(apply(scaled_exp, {x, y})[0]));
  CHECK(x.grad().item() == 4);
  CHECK(y.grad().item() == 1);
}

TEST_CASE("a custom gradient need not be the true one") {
  const CustomFunction straight{
      "straight_through",
      [](Saved&, const Tensors& in) {
        return Tensors{cast(greater(in[0], Tensor::scalar(0)), DType::f32)};
      },
      [](const Saved&, const Tensors& g) { return g; }};
  auto x = leaf({-1, 2});
  const auto y = apply(straight, {x})[0];
  CHECK(y.to_vector<float>() == std::vector<float>{0, 1});
  backward(sum(y * 3.0));
  CHECK(x.grad().to_vector<float>() == std::vector<float>{3, 3});
  const NoGrad guard;
  CHECK_FALSE(apply(straight, {x})[0].requires_grad());
}

TEST_CASE("results that nothing flows into have a gradient of zeros") {
  const CustomFunction pair{
      "pair",
      [](Saved&, const Tensors& in) {
        return Tensors{in[0], in[0] * 2.0};
      },
      [](const Saved&, const Tensors& g) { return Tensors{g[0] + g[1] * 2.0}; }};
  auto x = leaf({1});
  backward(sum(apply(pair, {x})[1]));
  CHECK(x.grad().item() == 2);
}

TEST_CASE("saved tensors are watched, and mistakes are named") {
  auto x = leaf({1}), y = leaf({2});
  const auto z = apply(scaled_exp, {x, y})[0];
  x.assign(Tensor::from({5}));
  CHECK_THROWS_WITH_AS(backward(sum(z)), doctest::Contains("overwritten"), Error);

  CustomFunction wrong = scaled_exp;
  wrong.backward = [](const Saved&, const Tensors& g) { return Tensors{g[0]}; };
  CHECK_THROWS_WITH_AS(backward(sum(apply(wrong, {x, y})[0])),
                       doctest::Contains("1 gradients for 2 inputs"), Error);
  wrong.backward = [](const Saved&, const Tensors&) {
    return Tensors{Tensor::ones({3}), Tensor()};
  };
  CHECK_THROWS_WITH_AS(backward(sum(apply(wrong, {x, y})[0])), doctest::Contains("for input 0"),
                       Error);
  wrong.backward = [](const Saved& saved, const Tensors&) { return Tensors{saved[7], Tensor()}; };
  CHECK_THROWS_WITH_AS(backward(sum(apply(wrong, {x, y})[0])), doctest::Contains("saved tensor 7"),
                       Error);
  CHECK_THROWS_WITH_AS(apply(scaled_exp, {}), doctest::Contains("needs an input"), Error);
}

TEST_CASE("a custom function keeps nothing alive, and can be captured") {
  Buffer memory;
  {
    auto x = leaf({1}), y = leaf({2});
    const auto z = apply(scaled_exp, {x, y})[0];
    memory = z.view().buffer;
    CHECK(memory.use_count() > 1);
  }
  CHECK(memory.use_count() == 1);

  auto x = leaf({0}), y = leaf({4});
  auto step = capture([&](const Tensors&) {
    x.zero_grad();
    const auto loss = sum(apply(scaled_exp, {x, y})[0]);
    backward(loss);
    return Tensors{loss};
  });
  for (int call = 0; call < 4; ++call) {
    CHECK(step({})[0].item() == 4);
    CHECK(x.grad().item() == 4);
  }
}
