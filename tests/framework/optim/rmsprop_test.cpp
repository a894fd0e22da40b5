#include "framework/optim/rmsprop.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/framework/optim/reference.h"

using namespace varve;
using test::Bowl;

TEST_CASE("rmsprop: plain, with decay and momentum, against the formulas") {
  for (const RmspropConfig config :
       {RmspropConfig{}, RmspropConfig{.decay = 0.9, .weight_decay = 0.1},
        RmspropConfig{.epsilon = 1e-3, .momentum = 0.7}}) {
    Bowl bowl;
    Rmsprop optimizer(bowl.parameters(), config);
    std::vector<double> square(4), velocity(4);
    test::check_steps(bowl, optimizer, 6, {0.05, 0.02},
                      [&](std::size_t i, double w, double g, double rate, int) {
                        g += config.weight_decay * w;
                        square[i] = config.decay * square[i] + (1 - config.decay) * g * g;
                        const double direction = g / (std::sqrt(square[i]) + config.epsilon);
                        velocity[i] = config.momentum * velocity[i] + direction;
                        return w - rate * velocity[i];
                      });
  }
}

TEST_CASE("rmsprop: settings are checked") {
  const Bowl bowl;
  const auto fails = [&](RmspropConfig config, const char* part) {
    CHECK(test::contains(
        test::error_of(ErrorKind::usage, [&] { Rmsprop(bowl.parameters(), config); }), part));
  };
  fails({.decay = 1}, "decay = 1");
  fails({.epsilon = -1}, "epsilon = -1");
  fails({.momentum = 1}, "momentum = 1");
}
