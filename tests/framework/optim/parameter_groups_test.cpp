#include "framework/optim/parameter_groups.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/optim/rmsprop.h"
#include "framework/optim/sgd.h"
#include "tests/framework/optim/reference.h"

namespace {

using namespace varve;
using test::contains;
using test::error_of;

Tensor weight(double value) { return test::leaf({value}, {1}); }

void descend(Optimizer& optimizer, const Tensors& parameters) {
  optimizer.zero_grad();
  Tensor loss;
  for (const auto& p : parameters) loss = loss.defined() ? loss + sum(p) : sum(p);
  backward(loss);
  optimizer.step();
}

}  // namespace

TEST_CASE("groups: tensors, lists of tensors, groups and vectors of groups") {
  const Linear layer({.in = 2, .out = 1});
  const Tensor a = weight(1), b = weight(2);
  CHECK(Adam(layer.parameters()).group_count() == 1);
  CHECK(Adam({a, b}).group_count() == 1);
  CHECK(Adam({a}, {.learning_rate = 1}).group_count() == 1);
  CHECK(Sgd({{.parameters = {a}}, {.parameters = {b}, .learning_rate = 1}}).group_count() == 2);
  CHECK(Rmsprop({{{a}, 1e-3}, {{b}}}, {.momentum = 0.5}).group_count() == 2);
  const std::vector<ParameterGroup> groups{{.parameters = layer.parameters()}};
  CHECK(AdamW(groups).group_count() == 1);
  CHECK(AdamW({{.parameters = layer.parameters(), .weight_decay = 0}}).group_count() == 1);
  CHECK(contains(error_of(ErrorKind::usage, [] { Adam({}, {}); }), "no parameters"));
}

TEST_CASE("groups: each has its rate and decay") {
  const Tensor a = weight(1), b = weight(1), c = weight(1);
  Sgd optimizer({{.parameters = {a}},
                 {.parameters = {b}, .learning_rate = 0.5, .weight_decay = 0},
                 {.parameters = {c}, .weight_decay = 2}},
                {.learning_rate = 0.1, .weight_decay = 1});
  descend(optimizer, {a, b, c});
  CHECK(a.item() == doctest::Approx(1 - 0.1 * (1 + 1)));
  CHECK(b.item() == doctest::Approx(1 - 0.5 * 1));
  CHECK(c.item() == doctest::Approx(1 - 0.1 * (1 + 2)));
}

TEST_CASE("groups: a schedule moves their rates in proportion") {
  // PyTorch's LambdaLR with 0.5^epoch, four steps of Adam on the squares.
  const Tensor a = test::leaf({1, -2, 0.5}, {3}), b = test::leaf({3, -1}, {2});
  Adam optimizer({{.parameters = {a}}, {.parameters = {b}, .learning_rate = 0.2}},
                 {.learning_rate = 0.05});
  for (int i = 0; i < 4; ++i) {
    optimizer.set_learning_rate(0.05 * std::pow(0.5, i));
    optimizer.zero_grad();
    backward(sum(square(a)) + sum(square(b)));
    optimizer.step();
  }
  test::check_close(a, {0.906360153887, -1.90629935373, 0.406520852727}, 1e-11);
  test::check_close(b, {2.6256304639, -0.628153216944}, 1e-11);
  CHECK(optimizer.learning_rate() == 0.05 / 8);
  CHECK(optimizer.learning_rate(0) == optimizer.learning_rate());
  CHECK(optimizer.learning_rate(1) == doctest::Approx(0.2 / 8));
  optimizer.set_learning_rate(0);
  optimizer.set_learning_rate(0.05);
  CHECK(optimizer.learning_rate(1) == doctest::Approx(0.2));
}

TEST_CASE("groups: what does not fit is told") {
  const Tensor a = weight(1), b = weight(1);
  const auto message = [](const ParameterGroups& groups, SgdConfig config = {}) {
    return error_of(ErrorKind::usage, [&] { Sgd(groups, config); });
  };
  CHECK(contains(message({{.parameters = {a}}, {.parameters = {b, a}}}), "in two groups"));
  CHECK(contains(message({{.parameters = {a}, .learning_rate = -1}}), "learning rate -1"));
  CHECK(contains(message({{.parameters = {a}, .weight_decay = -2}}), "weight_decay = -2"));
  CHECK(contains(message({{.parameters = {a}, .learning_rate = 1}}, {.learning_rate = 0}),
                 "proportion"));
  CHECK(contains(message({{.parameters = {}}}), "no parameters"));
  Sgd optimizer({{.parameters = {a, a}}, {.parameters = {}}, {.parameters = {b}}});
  CHECK(optimizer.arena().parameters().size() == 2);
  CHECK(contains(error_of(ErrorKind::usage, [&] { optimizer.learning_rate(3); }), "group 3"));
  descend(optimizer, {a, b});
  CHECK(b.item() == doctest::Approx(0.99));
}
