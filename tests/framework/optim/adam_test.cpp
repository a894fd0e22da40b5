#include "framework/optim/adam.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/framework/optim/reference.h"

namespace {

using namespace varve;
using test::Bowl;

/// torch 2's single-tensor Adam and AdamW, in scalars.
class Reference {
 public:
  Reference(const AdamConfig& config, bool decoupled) : c_(config), decoupled_(decoupled) {}

  double operator()(std::size_t i, double w, double g, double rate, int step) {
    const double t = step + 1;
    if (decoupled_)
      w *= 1 - rate * c_.weight_decay;
    else
      g += c_.weight_decay * w;
    m_[i] = c_.beta1 * m_[i] + (1 - c_.beta1) * g;
    v_[i] = c_.beta2 * v_[i] + (1 - c_.beta2) * g * g;
    const double denominator = std::sqrt(v_[i]) / std::sqrt(1 - std::pow(c_.beta2, t)) + c_.epsilon;
    return w - rate / (1 - std::pow(c_.beta1, t)) * m_[i] / denominator;
  }

 private:
  AdamConfig c_;
  bool decoupled_;
  double m_[4] = {}, v_[4] = {};
};

}  // namespace

TEST_CASE("adam: against the formulas, with and without decay, at changing rates") {
  for (const AdamConfig config : {AdamConfig{}, AdamConfig{.weight_decay = 0.1},
                                  AdamConfig{.beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-4}}) {
    Bowl bowl;
    Adam optimizer(bowl.parameters(), config);
    test::check_steps(bowl, optimizer, 8, {1e-1, 1e-1, 3e-2}, Reference(config, false));
  }
}

TEST_CASE("adamw: decay is decoupled") {
  const AdamConfig config{.weight_decay = 0.3};
  Bowl bowl;
  AdamW optimizer(bowl.parameters(), config);
  test::check_steps(bowl, optimizer, 8, {1e-1, 5e-2}, Reference(config, true));
}

TEST_CASE("adam: the first step is the rate, whatever the gradient's size") {
  for (const double scale : {1e-4, 1.0, 1e4}) {
    Tensor w = test::f32({1}, {1});
    w.set_requires_grad();
    Adam optimizer({w}, {.learning_rate = 0.01});
    backward(sum(w) * scale);
    optimizer.step();
    CHECK(w.item() == doctest::Approx(0.99).epsilon(1e-5));
  }
}

TEST_CASE("adam: state holds both moments and the count") {
  Bowl bowl;
  Adam optimizer(bowl.parameters());
  backward(bowl.loss());
  optimizer.step();
  optimizer.step();
  const auto state = optimizer.state();
  REQUIRE(state.size() == 3);
  CHECK(state[0].path == "first_moment");
  CHECK(state[0].tensor.shape() == Shape{optimizer.arena().size()});
  CHECK(state[2].path == "step");
  CHECK(state[2].tensor.to_vector<std::int32_t>()[0] == 2);
}

TEST_CASE("adam: settings are checked") {
  const Bowl bowl;
  const auto fails = [&](AdamConfig config, const char* part) {
    CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { Adam(bowl.parameters(), config); }),
                         part));
  };
  fails({.beta1 = 1}, "beta1 = 1");
  fails({.beta2 = -0.1}, "beta2 = -0.1");
  fails({.epsilon = 0}, "epsilon = 0");
  fails({.weight_decay = -1}, "weight_decay = -1");
  fails({.learning_rate = std::nan("")}, "learning rate nan");
}

TEST_CASE("adam: amsgrad keeps the greatest second moment") {
  Bowl bowl;
  Adam optimizer(bowl.parameters(), {.amsgrad = true});
  backward(bowl.loss());
  optimizer.step();
  const auto state = optimizer.state();
  REQUIRE(state.size() == 4);
  CHECK(state[2].path == "greatest_second_moment");
  CHECK(state[2].tensor.to_vector<double>() == state[1].tensor.to_vector<double>());
  Adam plain(bowl.parameters());
  CHECK(test::contains(
      test::error_of(ErrorKind::input, [&] { plain.load_state(test::saved(state)); }),
      "unexpected: greatest_second_moment"));
}
