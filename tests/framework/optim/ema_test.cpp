#include "framework/optim/ema.h"

#include <doctest/doctest.h>

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
    test::check_close(average(), {5, -10});
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
