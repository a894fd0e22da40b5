#include "framework/optim/arena.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::contains;
using test::error_of;

Tensor parameter(const std::vector<float>& values, Shape shape) {
  Tensor tensor = test::f32(values, shape);
  return tensor.set_requires_grad();
}

}  // namespace

TEST_CASE("arena: parameters keep values and handles; they start at multiples of 64 bytes") {
  const auto a = parameter({1, 2, 3, 4, 5, 6}, {2, 3});
  const auto b = parameter(std::vector<float>(17, 7), {17});
  const auto c = parameter({8}, {});
  ParameterArena arena({a, b, a, c});
  CHECK(arena.parameters().size() == 3);
  CHECK(arena.offsets() == std::vector<std::int64_t>{0, 16, 48});
  CHECK(arena.size() == 64);
  test::check_close(a, {1, 2, 3, 4, 5, 6});
  CHECK(a.shape() == Shape{2, 3});
  CHECK(a.requires_grad());

  const auto flat = arena.values().to_vector<float>();
  CHECK(flat[5] == 6);
  CHECK(flat[6] == 0);  // a gap
  CHECK(flat[32] == 7);
  CHECK(flat[48] == 8);
  // One memory: a change of the arena is a change of the parameter, and the other way round.
  Tensor values = arena.values();
  values.assign(values * 2);
  test::check_close(a, {2, 4, 6, 8, 10, 12});
  Tensor handle = c;
  handle.upload(test::f32({-1}, {}).to_array());
  CHECK(arena.values().to_vector<float>()[48] == -1);
}

TEST_CASE("arena: backward writes into the arena, anew after zero_grad, adding before") {
  const auto a = parameter({1, 2}, {2}), b = parameter({3, 4}, {2, 1});
  ParameterArena arena({a, b});
  const auto gradients = [&] {
    const auto flat = arena.gradients().to_vector<float>();
    return std::vector<float>{flat[0], flat[1], flat[16], flat[17]};
  };
  CHECK_FALSE(a.grad().defined());
  backward(sum(a * a) + sum(b) * 3);
  CHECK(gradients() == std::vector<float>{2, 4, 3, 3});
  backward(sum(a * a));
  CHECK(gradients() == std::vector<float>{4, 8, 3, 3});
  test::check_close(a.grad(), {4, 8});
  arena.zero_grad();
  CHECK_FALSE(a.grad().defined());
  backward(sum(a));
  test::check_close(a.grad(), {1, 1});
}

TEST_CASE(
    "arena: a gradient that was handed out keeps its values, and what is written to it counts") {
  const auto a = parameter({1, 2}, {2});
  ParameterArena arena({a});
  backward(sum(a * 3.0));
  const Tensor kept = a.grad();
  arena.zero_grad();
  backward(sum(a * 7.0));
  CHECK(arena.active().size() == 1);
  test::check_close(kept, {3, 3});
  test::check_close(arena.gradients().slice(0, 0, 2), {7, 7});
  Tensor own = a.grad();
  own.assign(own * 2.0);
  CHECK(arena.active().size() == 1);
  test::check_close(arena.gradients().slice(0, 0, 2), {14, 14});
}

TEST_CASE("arena: only parameters that have a gradient and want one are active") {
  auto a = parameter({1}, {1}), b = parameter({2}, {1}), c = parameter({3}, {1});
  ParameterArena arena({a, b, c});
  backward(sum(a) + sum(b) + sum(c));
  CHECK(arena.active().size() == 1);
  b.set_requires_grad(false);
  const auto runs = arena.active();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].first == 0);
  CHECK(runs[1].first == 2);
  CHECK(runs[1].offset == 32);
  CHECK(runs[1].size == 16);
  arena.zero_grad();
  CHECK(arena.active().empty());
}

TEST_CASE("arena: views taken before follow, and writes through them count") {
  const auto a = parameter({1, 2, 3, 4}, {2, 2});
  Tensor turned = a.detach().transpose(), flat = a.detach().reshape({4});
  ParameterArena arena({a});
  Tensor values = arena.values();
  values.assign(values * 10);
  test::check_close(turned.contiguous().flatten(), {10, 30, 20, 40});
  test::check_close(flat, {10, 20, 30, 40});
  flat.assign(test::f32({5, 6, 7, 8}, {4}));
  test::check_close(a.detach().flatten(), {5, 6, 7, 8});
}

TEST_CASE("arena: a second one takes parameters where they lie") {
  const auto a = parameter({1}, {1}), b = parameter({2}, {1}), c = parameter({3}, {1});
  ParameterArena first({a, b});
  ParameterArena second({c, b, a});
  CHECK(second.runs().size() == 3);
  backward(sum(a * 2.0) + sum(b * 3.0) + sum(c * 4.0));
  CHECK(second.active().size() == 3);
  test::check_close(first.gradients().slice(0, 16, 17), {3});
  CHECK(contains(error_of(ErrorKind::usage, [&] { second.values(); }), "3 places"));
  ParameterArena third({a, b});
  CHECK(third.values().view().buffer == first.values().view().buffer);
}

TEST_CASE("arena: a gradient that was set by hand is taken in") {
  const auto a = parameter({1, 2}, {2});
  ParameterArena arena({a});
  Tensor handle = a;
  handle.set_grad(test::f32({5, 6}, {2}));
  CHECK(arena.active().size() == 1);
  CHECK(arena.gradients().to_vector<float>()[1] == 6);
  CHECK(contains(error_of(ErrorKind::usage, [&] { handle.set_grad(test::f32({5}, {1})); }),
                 "does not belong"));
}

TEST_CASE("arena: what cannot be laid out is told") {
  CHECK(contains(error_of(ErrorKind::usage, [] { ParameterArena({}); }), "no parameters"));
  CHECK(contains(
      error_of(ErrorKind::usage, [] { ParameterArena({Tensor::ones({2}, DType::i32)}); }), "i32"));
  const auto a = parameter({1}, {1});
  CHECK(contains(error_of(ErrorKind::usage,
                          [&] {
                            ParameterArena({a, test::leaf({1}, {1})});
                          }),
                 "f32"));
  auto half = Tensor::ones({4}).slice(0, 0, 2).detach();
  half.set_requires_grad();
  CHECK(contains(error_of(ErrorKind::usage, [&] { ParameterArena({half}); }), "part of other"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { ParameterArena({a * 2.0}); }), "result of"));
}
