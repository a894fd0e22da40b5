#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/optim/sgd.h"
#include "framework/tensor/functional.h"

using namespace varve;

namespace {

Tensor leaf(std::initializer_list<float> v) {
  auto x = Tensor::from(v);
  x.set_requires_grad();
  return x;
}

void refused(const Tensor& loss) {
  CHECK_THROWS_WITH_AS(backward(loss), doctest::Contains("overwritten"), Error);
}

}  // namespace

TEST_CASE("a result that a gradient needs must not be overwritten") {
  auto w = leaf({2}), x = leaf({3});
  const auto h = w * x;
  const auto loss = h * h;
  Tensor same = h;
  same.assign(Tensor::from({100}));
  refused(loss);
  const auto e = exp(w);  // its gradient reads the result, not the input
  const auto loss_of_e = sum(e);
  Tensor part = e.detach().reshape({1, 1});
  part.upload(Tensor::from({1}).reshape({1, 1}).to_array());
  refused(loss_of_e);
}

TEST_CASE("a leaf that a gradient needs must not be overwritten, by any road") {
  for (int road = 0; road < 4; ++road) {
    CAPTURE(road);
    auto p = leaf({2, 3});
    Sgd sgd({p}, {.learning_rate = 1});
    backward(sum(p));
    Tensor view = p.detach().slice(0, 0, 1), all = sgd.arena().values();
    const auto loss = sum(square(p));
    if (road == 0) p.assign(Tensor::from({5, 5}));
    if (road == 1) view.assign(Tensor::from({5}));
    if (road == 2) sgd.step();
    if (road == 3) all.assign(all * 2.0);
    refused(loss);
  }
}

TEST_CASE("what no gradient needs may be overwritten") {
  auto p = leaf({2});
  const auto shifted = p + 1.0;
  const auto loss = sum(shifted * 3.0);
  p.assign(Tensor::from({5}));
  Tensor inner = shifted;
  inner.assign(Tensor::from({9}));
  backward(loss);
  CHECK(p.grad().item() == 3);
}

TEST_CASE("an optimizer that is made between loss and backward changes nothing that counts") {
  auto p = leaf({2});
  const auto tied = p.reshape({1, 1});
  const auto loss = sum(square(p)) + sum(tied * tied);
  Adam adam({p});
  backward(loss);
  CHECK(p.grad().item() == 8);
}

TEST_CASE("parameters of one arena count their own writes") {
  auto a = leaf({2}), b = leaf({3});
  Sgd sgd({a, b});
  const auto loss = sum(square(a));
  b.assign(Tensor::from({7}));
  backward(loss);
  CHECK(a.grad().item() == 4);
}

TEST_CASE("running statistics may move between loss and backward") {
  BatchNorm norm({.features = 2});
  auto x = Tensor::from({1, 2, 3, 5}).reshape({2, 2}).detach();
  x.set_requires_grad();
  const auto trained = sum(square(norm(x)));
  norm(x);
  backward(trained);
  norm.eval();
  const auto loss = sum(norm(x));  // its gradient needs what was made of them, not them
  norm.train();
  norm(x);
  backward(loss);
  CHECK(x.grad().defined());
}

TEST_CASE("a second gradient needs the values of the first") {
  auto x = leaf({2});
  const auto first = grad(sum(x * x * x), {x}, true)[0];
  x.assign(Tensor::from({3}));
  CHECK_THROWS_WITH_AS(grad(sum(first), {x}), doctest::Contains("overwritten"), Error);
}
