#include "framework/optim/step_counts.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "framework/optim/adam.h"
#include "framework/program/capture.h"
#include "tests/framework/optim/reference.h"

namespace {

using namespace varve;

/// Three weights of which each step moves those that are named.
struct Weights {
  Tensors all{test::leaf({1}, {1}), test::leaf({2}, {1}), test::leaf({3}, {1})};

  void step(Optimizer& optimizer, const std::vector<std::size_t>& moved) const {
    optimizer.zero_grad();
    Tensor loss = Tensor::zeros({}, DType::f64);
    for (const auto i : moved) loss = loss + sum(square(all[i]));
    backward(loss);
    optimizer.step();
  }
  std::vector<double> values() const { return {all[0].item(), all[1].item(), all[2].item()}; }
};

const std::vector<std::vector<std::size_t>> schedule{{0, 1}, {0, 1, 2}, {2}, {0, 2}, {0, 1, 2}};

}  // namespace

TEST_CASE("step counts: each parameter moves as if it had an optimizer of its own") {
  Weights together, apart;
  Adam one(together.all);
  std::vector<std::unique_ptr<Adam>> own;
  for (const auto& weight : apart.all) own.push_back(std::make_unique<Adam>(Tensors{weight}));
  for (const auto& moved : schedule) {
    together.step(one, moved);
    for (const auto i : moved) apart.step(*own[i], {i});
  }
  CHECK(together.values() == apart.values());
}

TEST_CASE("step counts: a saved state has them, and one without them had none skipped") {
  Weights straight, before, after;
  Adam whole(straight.all), first(before.all), second(after.all);
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    straight.step(whole, schedule[i]);
    if (i < 3) before.step(first, schedule[i]);
  }
  const auto saved = test::saved(first.state());
  REQUIRE(saved.contains("skipped_steps"));
  CHECK(saved.at("skipped_steps").shape == Shape{3});
  for (std::size_t i = 0; i < 3; ++i) after.all[i].assign(before.all[i]);
  second.load_state(saved);
  for (std::size_t i = 3; i < schedule.size(); ++i) after.step(second, schedule[i]);
  CHECK(after.values() == straight.values());

  Weights always;
  Adam even(always.all);
  always.step(even, {0, 1, 2});
  const auto plain = test::saved(even.state());
  CHECK(plain.size() == 3);
  second.load_state(plain);
  CHECK(second.state().size() == 3);

  auto wrong = saved;
  wrong["skipped_steps"] = Array::zeros({2}, DType::i32);
  CHECK(test::contains(test::error_of(ErrorKind::input, [&] { second.load_state(wrong); }),
                       "skipped_steps"));
}

TEST_CASE("step counts: a captured step that fails has not counted") {
  Weights captured, eager;
  Adam optimizer(captured.all), want(eager.all);
  std::vector<std::size_t> moved;
  bool fails = false;
  auto step = capture([&](const Tensors&) {
    captured.step(optimizer, moved);
    if (fails) throw std::runtime_error("a fault");
    return Tensors();
  });
  for (std::size_t i = 0; i < 12; ++i) {
    moved = schedule[i % schedule.size()];
    fails = i % 3 == 1;
    if (fails) {
      CHECK_THROWS_AS(step({}), std::runtime_error);
    } else {
      step({});
      eager.step(want, moved);
    }
    CHECK(captured.values() == eager.values());
  }
  CHECK(test::saved(optimizer.state()).at("skipped_steps").bytes ==
        test::saved(want.state()).at("skipped_steps").bytes);
}
