#include "framework/train/evaluate.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "tests/framework/train/support.h"

using namespace varve;
using namespace varve::test;

namespace {

Loader loader_of(std::int64_t batch_size = 8) {
  return Loader(waves(20), {.batch_size = batch_size, .shuffle = false, .prefetch = 0});
}

}  // namespace

TEST_CASE("the same weights and seed always give the same numbers, captured or not") {
  manual_seed(4);
  Net net;
  auto loader = loader_of();
  Evaluator evaluator(net, loss_of(net));
  const Metrics first = evaluator(loader);
  randn({7});  // whatever was drawn in between
  for (int i = 0; i < 3; ++i) CHECK(evaluator(loader) == first);
  CHECK(evaluate(net, loss_of(net), loader, false) == first);
  net.beta.upload(std::span<const float>(std::vector<float>{0.5F}));
  CHECK(evaluator(loader)[0] != first[0]);  // a replay sees what was uploaded
  CHECK(evaluator(loader)[1] == first[1]);

  manual_seed(5);
  CHECK(evaluator(loader)[1] != first[1]);
}

TEST_CASE("noise is apart from that of the training steps") {
  manual_seed(4);
  Linear net({.in = features, .out = 1});
  Loader loader(waves(8), {.batch_size = 8, .prefetch = 0});
  const LossFunction loss = [](auto&, auto&, auto&) -> Terms {
    return {{"noise", sum(randn({16}))}};
  };
  const double noise = evaluate(net, loss, loader)[0].value;
  for (std::uint64_t step = 0; step < 8; ++step) {
    default_device().generator().set_step(step);
    CHECK(sum(randn({16})).item() != noise);
  }
}

TEST_CASE("it runs in evaluation mode without a graph, and puts the mode back") {
  Net net;
  auto loader = loader_of();
  int calls = 0;
  const LossFunction loss = [&](const Tensor& input, const Tensor& target, const Tensor&) {
    ++calls;
    CHECK_FALSE(net.is_training());
    CHECK_FALSE(grad_enabled());
    return net.loss(input, target);
  };
  const State before = bits(net.state());
  evaluate(net, loss, loader, false);
  CHECK(calls == 3);
  CHECK(net.is_training());
  CHECK(grad_enabled());
  CHECK(same_bits(before, bits(net.state())));  // running statistics too

  net.eval();
  evaluate(net, loss, loader);
  CHECK_FALSE(net.is_training());
  net.train();
  const LossFunction broken = [](auto&, auto&, auto&) -> Terms { throw std::runtime_error("no"); };
  CHECK_THROWS(evaluate(net, broken, loader));
  CHECK(net.is_training());
}

TEST_CASE("means are over examples, whatever the batch size") {
  Linear net({.in = features, .out = 1});
  const LossFunction loss = [](const Tensor& input, auto&, auto&) -> Terms {
    return {{"loss", mean(square(input))}};
  };
  auto small = loader_of(3), whole = loader_of(20);
  CHECK(evaluate(net, loss, small)[0].value ==
        doctest::Approx(evaluate(net, loss, whole)[0].value).epsilon(1e-6));
}

TEST_CASE("an interruption ends it with an empty result") {
  Net net;
  auto loader = loader_of();
  Evaluator evaluator(net, loss_of(net));
  int asked = 0;
  CHECK(evaluator(loader, [&] { return ++asked == 2; }).empty());
  CHECK(asked == 2);
  CHECK(net.is_training());
  CHECK(evaluator(loader, [] { return false; }).size() == 3);
}
