#include "framework/optim/optimizer.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "framework/nn/linear.h"
#include "framework/nn/sequential.h"
#include "framework/optim/adam.h"
#include "framework/optim/clip.h"
#include "framework/optim/ema.h"
#include "framework/optim/rmsprop.h"
#include "framework/optim/schedule.h"
#include "framework/optim/sgd.h"
#include "framework/program/capture.h"
#include "framework/tensor/random.h"
#include "tests/framework/optim/reference.h"

namespace {

using namespace varve;
using test::Bowl;

using Make = std::function<std::unique_ptr<Optimizer>(const Tensors&)>;

const std::vector<std::pair<std::string, Make>>& optimizers() {
  static const std::vector<std::pair<std::string, Make>> all{
      {"sgd", [](const Tensors& p) { return std::make_unique<Sgd>(p); }},
      {"momentum",
       [](const Tensors& p) {
         return std::make_unique<Sgd>(p, SgdConfig{.momentum = 0.9, .nesterov = true});
       }},
      {"adam", [](const Tensors& p) { return std::make_unique<Adam>(p); }},
      {"adamw", [](const Tensors& p) { return std::make_unique<AdamW>(p); }},
      {"rmsprop", [](const Tensors& p) {
         return std::make_unique<Rmsprop>(p, RmspropConfig{.momentum = 0.5});
       }}};
  return all;
}

/// A small net with noise in its loss, an optimizer, clipping and an average of the weights.
struct Training {
  explicit Training(const Make& make)
      : net(layer<Linear>({.in = 3, .out = 4, .activation = Activation::tanh}),
            layer<Linear>({.in = 4, .out = 2})),
        optimizer(make(net.parameters())),
        ema(optimizer->arena(), 0.9) {}

  Tensor step(const Tensor& x) {
    optimizer->zero_grad();
    const auto y = net(x);
    const auto loss = mean(square(y - 1.0 + 0.1 * randn(y.shape())));
    backward(loss);
    clip_by_norm(optimizer->arena(), 0.5);
    optimizer->step();
    ema.update();
    return loss;
  }

  Sequential net;
  std::unique_ptr<Optimizer> optimizer;
  Ema ema;
};

}  // namespace

TEST_CASE("optimizer: steps that are replayed equal eager steps, bit for bit") {
  const auto schedule = Schedule::cosine(0.05, 0, 8);
  const auto x = test::f32({1, 2, -1, 0.5F, -0.3F, 0.8F}, {2, 3});
  for (const auto& [name, make] : optimizers()) {
    CAPTURE(name);
    manual_seed(21);
    Training eager(make);
    manual_seed(21);
    Training replayed(make);
    auto captured = capture([&](const Tensors& in) { return Tensors{replayed.step(in[0])}; });
    std::vector<std::vector<float>> want;
    const auto run = [&](Training& training, const std::function<Tensor()>& step) {
      manual_seed(5);
      std::vector<std::vector<float>> seen;
      for (int i = 0; i < 8; ++i) {
        training.optimizer->set_learning_rate(schedule(i));
        seen.push_back(step().to_vector<float>());
        seen.push_back(training.optimizer->arena().values().to_vector<float>());
        seen.push_back(training.ema.state()[0].tensor.to_vector<float>());
      }
      return seen;
    };
    const auto first = run(eager, [&] { return eager.step(x); });
    const auto second = run(replayed, [&] { return captured({x})[0]; });
    CHECK(captured.compiled());
    REQUIRE(first.size() == second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      CAPTURE(i);
      CHECK(first[i] == second[i]);
    }
    CHECK(first[1] != first[4]);
  }
}

TEST_CASE("optimizer: a saved state goes on as if nothing had happened") {
  for (const auto& [name, make] : optimizers()) {
    CAPTURE(name);
    Bowl straight, before, after;
    const auto run = [](Bowl& bowl, Optimizer& optimizer, int steps) {
      for (int i = 0; i < steps; ++i) {
        optimizer.zero_grad();
        backward(bowl.loss());
        optimizer.step();
      }
    };
    const auto whole = make(straight.parameters());
    run(straight, *whole, 7);
    const auto first = make(before.parameters());
    run(before, *first, 4);
    const auto second = make(after.parameters());
    after.a.assign(before.a);
    after.b.assign(before.b);
    second->load_state(test::saved(first->state()));
    run(after, *second, 3);
    CHECK(after.values() == straight.values());
  }
}

TEST_CASE("optimizer: a parameter without a gradient counts as having gradient zero") {
  Bowl bowl;
  Sgd optimizer(bowl.parameters(), {.learning_rate = 1});
  backward(bowl.loss());
  optimizer.step();
  const double moved = bowl.b.item();
  optimizer.zero_grad();
  backward(sum(bowl.a));
  optimizer.step();
  CHECK(bowl.b.item() == moved);
}

TEST_CASE("optimizer: wrong states and rates are told") {
  Bowl bowl;
  Adam optimizer(bowl.parameters());
  CHECK(test::contains(test::error_of(ErrorKind::input, [&] { optimizer.load_state({}); }),
                       "[optimizer] the saved state does not fit: missing: first_moment"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { optimizer.set_learning_rate(-0.5); }),
                       "-0.5"));
  CHECK(optimizer.learning_rate() == 1e-3);
}
