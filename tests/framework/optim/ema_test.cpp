#include "framework/optim/ema.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "framework/optim/sgd.h"
#include "tests/framework/optim/reference.h"

using namespace varve;

TEST_CASE("ema: starts at the weights and follows them") {
  Tensor w = test::f32({1, 10}, {2});
  w.set_requires_grad();
  ParameterArena arena({w});
  Ema ema(arena, 0.75);
  const auto average = [&] { return ema.state()[0].tensor.slice(0, 0, 2); };
  test::check_close(average(), {1, 10});
  w.assign(test::f32({5, -10}, {2}));
  ema.update();
  test::check_close(average(), {2, 5});
  ema.update();
  test::check_close(average(), {2.75, 1.25});

  {
    const EmaWeights averaged(ema);
    test::check_close(w, {2.75, 1.25});
    const EmaWeights again(ema);
    test::check_close(w, {2.75, 1.25});
  }
  test::check_close(w, {5, -10});
  test::check_close(average(), {2.75, 1.25});
}

TEST_CASE("ema: the state is kept, and decay must be in [0, 1)") {
  Tensor w = test::f32({1}, {1});
  w.set_requires_grad();
  ParameterArena arena({w});
  Ema first(arena, 0.5), second(arena, 0.5);
  w.assign(test::f32({3}, {1}));
  first.update();
  second.load_state(test::saved(first.state()));
  CHECK(second.state()[0].tensor.to_vector<float>()[0] == 2);
  CHECK(test::contains(test::error_of(ErrorKind::input, [&] { first.load_state({}); }), "[ema]"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { Ema(arena, 1); }), "decay = 1"));
}

TEST_CASE("ema: exchanging weights and average, and back") {
  Tensor w = test::f32({1}, {1});
  ParameterArena arena({w.set_requires_grad()});
  Ema ema(arena, 0.5);
  w.assign(test::f32({3}, {1}));
  ema.swap();
  CHECK(w.item() == 1);
  CHECK(ema.state()[0].tensor.to_vector<float>()[0] == 3);
  ema.swap();
  CHECK(w.item() == 3);
}

TEST_CASE("ema: a graph that has seen the weights does not take the average for them") {
  Tensor w = test::f32({1}, {1});
  Sgd optimizer({w.set_requires_grad()});
  Ema ema(optimizer.arena(), 0.5);
  const Tensor loss = sum(square(w));
  {
    const EmaWeights averaged(ema);
    CHECK_FALSE(test::error_of(ErrorKind::usage, [&] { backward(loss); }) == "no error");
  }
  backward(sum(square(w)));
  CHECK(w.grad().item() == 2);
}

TEST_CASE("ema: a frozen parameter's average is the parameter, to the bit") {
  Tensor w = test::f32({0.1F, 1.7F, -3e-5F}, {3}), moving = test::f32({1}, {1});
  Sgd optimizer({w.set_requires_grad(), moving.set_requires_grad()}, {.learning_rate = 0.1});
  Sgd second({moving}, {.learning_rate = 0.1});
  Ema ema(optimizer.arena(), 0.7);
  w.set_requires_grad(false);
  for (int i = 0; i < 5; ++i) {
    optimizer.zero_grad();
    backward(sum(square(moving)));
    (i % 2 == 0 ? optimizer : second).step();
    ema.update();
  }
  const EmaWeights averaged(ema);
  CHECK(w.to_vector<float>() == std::vector<float>{0.1F, 1.7F, -3e-5F});
  double weight = 1, average = 1;
  for (int i = 0; i < 5; ++i) average += 0.3 * ((weight *= 0.8) - average);
  CHECK(moving.item() == doctest::Approx(average));
}

TEST_CASE("ema: an exception leaves the weights as they were") {
  Tensor w = test::f32({1}, {1});
  ParameterArena arena({w.set_requires_grad()});
  Ema ema(arena, 0.5);
  w.assign(test::f32({3}, {1}));
  try {
    const EmaWeights averaged(ema);
    throw std::runtime_error("a fault");
  } catch (const std::runtime_error&) {
  }
  CHECK(w.item() == 3);
}
