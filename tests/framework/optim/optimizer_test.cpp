#include "framework/optim/optimizer.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "framework/core/schedule.h"
#include "framework/nn/linear.h"
#include "framework/nn/sequential.h"
#include "framework/optim/adam.h"
#include "framework/optim/clip.h"
#include "framework/optim/ema.h"
#include "framework/optim/rmsprop.h"
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
      {"amsgrad",
       [](const Tensors& p) { return std::make_unique<Adam>(p, AdamConfig{.amsgrad = true}); }},
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

TEST_CASE("optimizer: no gradient, no movement and no decay") {
  for (const auto& [name, make] : optimizers()) {
    CAPTURE(name);
    Bowl bowl;
    const auto optimizer = make(bowl.parameters());
    backward(bowl.loss());
    optimizer->step();
    const double moved = bowl.b.item();
    CHECK(moved != 3);
    optimizer->zero_grad();
    backward(sum(bowl.a));
    optimizer->step();
    CHECK(bowl.b.item() == moved);
    optimizer->zero_grad();
    const auto before = bowl.values();
    optimizer->step();
    CHECK(bowl.values() == before);
  }
}

TEST_CASE("optimizer: parameters may be frozen and thawed at any time, before it is built, too") {
  for (const auto& [name, make] : optimizers()) {
    CAPTURE(name);
    Linear layer({.in = 1, .out = 1});
    const Tensor x = test::f32({2}, {1, 1});
    const auto step = [&](Optimizer& optimizer) {
      optimizer.zero_grad();
      const auto loss = sum(square(layer(x) - 5.0) + square(x));
      if (loss.requires_grad()) backward(loss);
      optimizer.step();
      return std::pair(layer.weight().item(), layer.bias().item());
    };
    layer.set_trainable(false);
    const auto optimizer = make(layer.parameters());
    const auto start = std::pair(layer.weight().item(), layer.bias().item());
    CHECK(step(*optimizer) == start);
    layer.set_trainable(true);
    const auto moved = step(*optimizer);
    CHECK(moved.first != start.first);
    Tensor bias = layer.bias();
    bias.set_requires_grad(false);
    const auto half = step(*optimizer);
    CHECK(half.first != moved.first);
    CHECK(half.second == moved.second);
    layer.set_trainable(false);
    CHECK(step(*optimizer) == half);
    layer.set_trainable(true);
    CHECK(step(*optimizer).second != half.second);
  }
}

TEST_CASE("optimizer: frozen between backward and step, a parameter stays") {
  Bowl bowl;
  AdamW optimizer(bowl.parameters());
  backward(bowl.loss());
  bowl.b.set_requires_grad(false);
  optimizer.step();
  CHECK(bowl.b.item() == 3);
  CHECK(bowl.a.to_vector<double>()[0] != 1);
}

TEST_CASE("optimizer: a parameter in two, by turns and both; values of PyTorch") {
  for (const bool replayed : {false, true}) {
    const Tensor a = test::leaf({1, -2, 0.5}, {3}), b = test::leaf({3, -1}, {2});
    Adam first({a, b}, {.learning_rate = 0.05});
    Sgd second({b}, {.learning_rate = 0.1, .momentum = 0.9});
    int i = 0;
    const auto step = [&](const Tensors&) {
      first.zero_grad();
      backward(sum(square(a)) + sum(b * b * b) * 0.1 + sum(a) * sum(b));
      if (i % 2 == 0)
        first.step();
      else
        second.step();
      if (i != 3) return Tensors();
      second.step();
      first.step();
      return Tensors();
    };
    auto captured = capture(step);
    for (i = 0; i < 6; ++i) {
      if (replayed)
        captured({});
      else
        step({});
    }
    test::check_close(a, {0.801330663919, -1.79980003172, 0.302050870996}, 1e-11);
    test::check_close(b, {1.34554589344, -0.476184625524}, 1e-11);
  }
}

TEST_CASE("optimizer: one that is built anew goes on with the same parameters") {
  Bowl bowl;
  std::optional<Sgd> optimizer(std::in_place, bowl.parameters(), SgdConfig{.learning_rate = 0.1});
  auto step = capture([&](const Tensors&) {
    optimizer->zero_grad();
    backward(sum(square(bowl.a)) + sum(square(bowl.b)));
    optimizer->step();
    return Tensors();
  });
  auto want = Bowl::start();
  for (int i = 0; i < 6; ++i) {
    if (i % 2 == 1)
      optimizer.emplace(i == 3 ? Tensors{bowl.b, bowl.a} : bowl.parameters(),
                        SgdConfig{.learning_rate = 0.1});
    step({});
    for (double& w : want) w -= 0.1 * 2 * w;
    test::check_close(test::f64(bowl.values(), {4}), want, 1e-12);
  }
}

TEST_CASE("optimizer: a shared parameter, one without elements, and gradients set by hand") {
  for (const auto& [name, make] : optimizers()) {
    CAPTURE(name);
    Tensor w = test::leaf({1}, {1}), none = test::leaf({}, {0, 3});
    const auto optimizer = make({none, w, w, none});
    CHECK(optimizer->arena().parameters().size() == 2);
    w.set_grad(test::f64({2}, {1}));
    none.set_grad(test::f64({}, {0, 3}));
    optimizer->step();
    CHECK(w.item() < 1);
    const double once = w.item();
    CHECK(w.grad().item() == 2);
    optimizer->zero_grad();
    backward(sum(w) + sum(none) + sum(w * 1.0));
    CHECK(w.grad().item() == 2);
    optimizer->step();
    CHECK(w.item() < once);
  }
}

TEST_CASE("optimizer: a captured step that fails leaves a gradient that was set by hand") {
  Tensor w = test::leaf({1}, {1});
  Sgd optimizer({w}, {.learning_rate = 1});
  w.set_grad(test::f64({2}, {1}));
  auto step = capture([&](const Tensors&) -> Tensors {
    optimizer.step();
    throw std::runtime_error("a fault");
  });
  CHECK_THROWS_AS(step({}), std::runtime_error);
  CHECK(w.item() == 1);
  CHECK(w.grad().item() == 2);
  optimizer.step();
  CHECK(w.item() == -1);
}

TEST_CASE("optimizer: wrong states and rates are told") {
  Bowl bowl;
  Adam optimizer(bowl.parameters());
  CHECK(test::contains(test::error_of(ErrorKind::input, [&] { optimizer.load_state({}); }),
                       "[optimizer] the saved state does not fit: missing: first_moment"));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { optimizer.set_learning_rate(-0.5); }),
                       "-0.5"));
  CHECK(optimizer.learning_rate() == 1e-3);
  // The device has the rate that learning_rate() tells, also after a call that was refused.
  auto step = capture([&](const Tensors&) -> Tensors {
    optimizer.set_learning_rate(0.5);
    return {};
  });
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { step({}); }), "[capture]"));
  CHECK(optimizer.learning_rate() == 1e-3);
}
