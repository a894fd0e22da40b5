#include "framework/optim/sgd.h"

#include <doctest/doctest.h>

#include "tests/framework/optim/reference.h"

using namespace varve;
using test::Bowl;

TEST_CASE("sgd: plain, with decay, momentum and Nesterov's form, against the formulas") {
  for (const SgdConfig config : {SgdConfig{}, SgdConfig{.weight_decay = 0.1},
                                 SgdConfig{.momentum = 0.9, .weight_decay = 0.01},
                                 SgdConfig{.momentum = 0.8, .nesterov = true}}) {
    CAPTURE(config.momentum);
    CAPTURE(config.nesterov);
    Bowl bowl;
    Sgd optimizer(bowl.parameters(), config);
    std::vector<double> velocity(4);
    test::check_steps(bowl, optimizer, 6, {0.1, 0.1, 0.05},
                      [&](std::size_t i, double w, double g, double rate, int) {
                        g += config.weight_decay * w;
                        velocity[i] = config.momentum * velocity[i] + g;
                        const double direction =
                            config.nesterov ? g + config.momentum * velocity[i] : velocity[i];
                        return w - rate * direction;
                      });
  }
}

TEST_CASE("sgd: settings are checked") {
  const Bowl bowl;
  const auto fails = [&](SgdConfig config, const char* part) {
    CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { Sgd(bowl.parameters(), config); }),
                         part));
  };
  fails({.momentum = 1}, "momentum = 1");
  fails({.nesterov = true}, "Nesterov");
  fails({.weight_decay = -1}, "weight_decay = -1");
  fails({.learning_rate = -1}, "learning rate -1");
}
