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
  CHECK(a.grad().view().buffer == arena.gradients().view().buffer);
  backward(sum(a * a));
  CHECK(gradients() == std::vector<float>{4, 8, 3, 3});
  arena.zero_grad();
  CHECK_FALSE(a.grad().defined());
  backward(sum(a));
  arena.settle();  // b was not reached: its old gradient must not count
  CHECK(gradients() == std::vector<float>{1, 1, 0, 0});
}

TEST_CASE("arena: a gradient that was set by hand is taken in") {
  const auto a = parameter({1, 2}, {2});
  ParameterArena arena({a});
  Tensor handle = a;
  handle.set_grad(test::f32({5, 6}, {2}));
  arena.settle();
  CHECK(arena.gradients().to_vector<float>()[1] == 6);
}

TEST_CASE("arena: what cannot be laid out is told") {
  CHECK(contains(error_of(ErrorKind::usage, [] { ParameterArena({}); }), "no parameters"));
  CHECK(contains(error_of(ErrorKind::usage, [] { ParameterArena({Tensor::ones({2})}); }),
                 "does not require"));
  const auto a = parameter({1}, {1});
  CHECK(contains(error_of(ErrorKind::usage,
                          [&] {
                            ParameterArena({a, test::leaf({1}, {1})});
                          }),
                 "f32"));
  ParameterArena first({a});
  const ParameterArena second({a});
  CHECK(contains(error_of(ErrorKind::usage, [&] { first.settle(); }), "another optimizer"));
}
