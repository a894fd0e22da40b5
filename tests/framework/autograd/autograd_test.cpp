#include "framework/autograd/autograd.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

using namespace varve;

namespace {

using Floats = std::vector<float>;
Floats values(const Tensor& tensor) { return tensor.to_vector<float>(); }

Tensor leaf(std::initializer_list<float> v) {
  auto x = Tensor::from(v);
  x.set_requires_grad();
  return x;
}

Tensor leaf64(Shape shape, double start) {
  auto x = Tensor::arange(shape.numel(), start, 0.13, DType::f64).reshape(shape).detach();
  x.set_requires_grad();
  return x;
}

}  // namespace

TEST_CASE("backward accumulates into leaves") {
  auto x = leaf({1, 2, 3});
  backward(sum(x * x));
  CHECK(values(x.grad()) == Floats{2, 4, 6});
  backward(sum(x));
  CHECK(values(x.grad()) == Floats{3, 5, 7});
  x.zero_grad();
  CHECK_FALSE(x.grad().defined());
  backward(sum(x));
  CHECK(values(x.grad()) == Floats{1, 1, 1});
}

TEST_CASE("two leaves never share the memory of their gradients") {
  auto a = leaf({1, 2});
  auto b = leaf({3, 4});
  const auto c = Tensor::from({5, 7});
  backward(sum((a + b) * c));
  backward(sum((a + b) * c));
  CHECK(values(a.grad()) == Floats{10, 14});
  CHECK(values(b.grad()) == Floats{10, 14});
}

TEST_CASE("a tensor used many times gathers all its gradients") {
  auto x = leaf({3});
  const auto y = x * x;
  CHECK(grad(sum(y * x + y), {x})[0].item() == doctest::Approx(3 * 9 + 2 * 3));
}

TEST_CASE("gradients of gradients") {
  auto x = leaf({2});
  const auto y = sum(exp(x) * x);
  const auto first = grad(y, {x}, true)[0];
  CHECK(first.item() == doctest::Approx(std::exp(2.0) * 3));
  const auto second = grad(sum(first), {x}, true)[0];
  CHECK(second.item() == doctest::Approx(std::exp(2.0) * 4));
  CHECK(grad(sum(second), {x})[0].item() == doctest::Approx(std::exp(2.0) * 5));
}

TEST_CASE("gradients by intermediate results, and zeros where nothing depends") {
  auto x = leaf({2});
  auto unused = leaf({1});
  const auto middle = x * 3.0;
  const auto g = grad(sum(middle * middle), {middle, x, unused});
  CHECK(g[0].item() == 12);
  CHECK(g[1].item() == 36);
  CHECK(g[2].item() == 0);
}

TEST_CASE("NoGrad, detach and integers end the graph") {
  auto x = leaf({2});
  {
    const NoGrad guard;
    CHECK_FALSE((x * x).requires_grad());
    const EnableGrad inside;
    CHECK((x * x).requires_grad());
  }
  CHECK_FALSE(x.detach().requires_grad());
  CHECK_FALSE(argmax(x * 2.0).requires_grad());
  CHECK_THROWS_AS(Tensor::zeros({1}, DType::i32).set_requires_grad(), Error);
}

TEST_CASE("mistakes are named") {
  auto x = leaf({1, 2});
  CHECK_THROWS_WITH_AS(backward(x * 2.0), doctest::Contains("one element"), Error);
  CHECK_THROWS_WITH_AS(backward(sum(x.detach())), doctest::Contains("nothing flows"), Error);
  CHECK_THROWS_AS(grad(sum(x), {Tensor::from({1})}), Error);
  CHECK_THROWS_AS((x * 2.0).set_requires_grad(), Error);
}

TEST_CASE("a graph of 20000 nodes is walked without recursion") {
  auto x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 20000; ++i) y = y + x;
  CHECK(grad(sum(y), {x})[0].item() == 20001);
}

TEST_CASE("a graph of a million nodes is freed without recursion") {
  auto x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 1000000; ++i) y = y + x;
  backward(y);
  CHECK(x.grad().item() == 1000001);
  y = x;
  for (int i = 0; i < 1000000; ++i) y = y + x;
  y = Tensor();  // without a backward()
}

TEST_CASE("a gradient that was handed out is not overwritten by the next one") {
  auto x = leaf({1, 2});
  backward(sum(x * 3.0));
  const Tensor kept = x.grad();
  x.zero_grad();
  backward(sum(x * 7.0));
  CHECK(values(kept) == Floats{3, 3});
  CHECK(values(x.grad()) == Floats{7, 7});
}

TEST_CASE("backward consumes the graph unless it is told to keep it; grad never does") {
  auto x = leaf({2});
  const auto loss = x * x * x;
  CHECK(grad(loss, {x})[0].item() == 12);
  backward(loss, true);
  backward(loss);
  CHECK(x.grad().item() == 24);
  CHECK_THROWS_WITH_AS(backward(loss), doctest::Contains("keep_graph"), Error);
  CHECK_THROWS_WITH_AS(grad(loss, {x}), doctest::Contains("consumed"), Error);
}

TEST_CASE("backward frees what it no longer needs") {
  auto x = leaf({2});
  const auto h = x * x;
  const Buffer memory = h.view().buffer;
  const auto loss = sum(h * h);
  const auto held = memory.use_count();
  backward(loss);
  CHECK(memory.use_count() < held);
}

TEST_CASE("hooks see gradients and may change them") {
  auto x = leaf({1, 2});
  std::vector<Floats> seen;
  x.on_gradient([&](const Tensor& g) { return seen.push_back(values(g)), g * 2.0; });
  const auto y = x * 3.0;
  Tensor middle = y;
  middle.on_gradient([&](const Tensor& g) { return seen.push_back(values(g)), Tensor(); });
  backward(sum(y * 5.0) + sum(y));
  CHECK(seen == std::vector<Floats>{{6, 6}, {18, 18}});  // all uses together, once
  CHECK(values(x.grad()) == Floats{36, 36});
  CHECK(values(grad(sum(x), {x})[0]) == Floats{2, 2});
  x.on_gradient([](const Tensor&) { return Tensor::ones({1}); });
  CHECK_THROWS_WITH_AS(backward(sum(x)), doctest::Contains("[on_gradient]"), Error);
  Tensor plain = Tensor::ones({1});
  CHECK_THROWS_WITH_AS(plain.on_gradient([](const Tensor& g) { return g; }),
                       doctest::Contains("no gradient flows"), Error);
}

TEST_CASE("gradcheck passes what is right, to second order") {
  const auto smooth = [](const Tensors& in) { return tanh(in[0]) * exp(in[1]) / (in[0] + 2.0); };
  CHECK(gradcheck(smooth, {leaf64({2, 3}, 0.1), leaf64({3}, -0.2)}, {.second_order = true}));
  const auto twice = [](const Tensors& in) { return bce_with_logits(in[0], in[0]); };
  CHECK(gradcheck(twice, {leaf64({4}, 0.1)}, {.second_order = true}));
}

TEST_CASE("gradcheck finds what is wrong") {
  // The gradient of the second factor is cut off.
  const auto wrong = [](const Tensors& in) { return in[0] * in[0].detach(); };
  const auto result = gradcheck(wrong, {leaf64({2}, 1)});
  CHECK_FALSE(result);
  CHECK(result.message.find("input 0") == 0);
  CHECK_THROWS_AS(gradcheck(wrong, {leaf({1})}), Error);
}
