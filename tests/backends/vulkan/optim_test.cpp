#include <doctest/doctest.h>

#include <cmath>

#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

struct Adam {
  std::vector<double> p, g, m, v;
};

/// One step in f64, as its authors state it.
void step_exactly(Adam& x, const Attributes& a, double lr, double t) {
  for (std::size_t i = 0; i < x.p.size(); ++i) {
    const double g = x.g[i] + (a.decoupled ? 0 : a.weight_decay * x.p[i]);
    x.m[i] = a.beta1 * x.m[i] + (1 - a.beta1) * g;
    x.v[i] = a.beta2 * x.v[i] + (1 - a.beta2) * g * g;
    const double m = x.m[i] / (1 - std::pow(a.beta1, t));
    const double v = x.v[i] / (1 - std::pow(a.beta2, t));
    if (a.decoupled) x.p[i] -= lr * a.weight_decay * x.p[i];
    x.p[i] -= lr * m / (std::sqrt(v) + a.epsilon);
  }
}

Adam some_state(std::int64_t count) {
  Adam x;
  x.p = noise({count}, 1).memory;
  x.g = noise({count}, 2).memory;
  x.m = noise({count}, 3).memory;
  x.v = noise({count}, 4).memory;
  for (double& v : x.v) v *= v;
  return x;
}

Attributes config(double decay = 0, bool decoupled = false) {
  Attributes a;
  a.beta1 = 0.9;
  a.beta2 = 0.999;
  a.epsilon = 1e-8;
  a.weight_decay = decay;
  a.decoupled = decoupled;
  return a;
}

void put(Rig& rig, const View& view, const std::vector<double>& values) {
  rig.put(view, std::vector<float>(values.begin(), values.end()));
}

void check_near(const std::vector<float>& got, const std::vector<double>& want) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    INFO("element ", i, " is ", got[i], ", not ", want[i]);
    REQUIRE(std::abs(double{got[i]} - want[i]) <= 1e-6 + 2e-6 * std::abs(want[i]));
  }
}

/// One step from `state`, in place or beside it, through bindings of `max_range` bytes.
void check_step(Rig& rig, Adam state, const Attributes& a, double lr, std::int32_t t, bool in_place,
                std::uint64_t max_range = 0) {
  vulkan::Traits traits = rig.context.traits();
  if (max_range > 0) traits.max_range = max_range;
  Altered encoder(rig.stream, traits);
  const auto count = static_cast<std::int64_t>(state.p.size());
  const View rate = rig.make({});
  const View number = rig.make({}, DType::i32);
  rig.put(rate, std::vector<float>{static_cast<float>(lr)});
  rig.put(number, std::vector<std::int32_t>{t});
  std::vector<View> in{rig.make({count}), rig.make({count}), rig.make({count}), rig.make({count})};
  put(rig, in[0], state.p);
  put(rig, in[1], state.g);
  put(rig, in[2], state.m);
  put(rig, in[3], state.v);
  std::vector<View> out{in[0], in[2], in[3]};
  if (!in_place)
    for (View& view : out) view = rig.make({count});
  in.push_back(rate);
  in.push_back(number);
  vulkan::find_kernel(Op::adam_step).kernel({Op::adam_step, in, out, a}, encoder);
  step_exactly(state, a, double{static_cast<float>(lr)}, t);
  check_near(rig.get<float>(out[0]), state.p);
  check_near(rig.get<float>(out[1]), state.m);
  check_near(rig.get<float>(out[2]), state.v);
}

}  // namespace

TEST_SUITE("vulkan: adam") {
  TEST_CASE("a step is that of the paper, early and late") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::int32_t t : {1, 2, 10, 1000, 100000, 20000000}) {
      INFO("step ", t);
      for (const bool in_place : {true, false}) {
        check_step(*rig, some_state(1000), config(), 1e-3, t, in_place);
        check_step(*rig, some_state(1000), config(0.1), 1e-3, t, in_place);
        check_step(*rig, some_state(1000), config(0.1, true), 1e-3, t, in_place);
      }
    }
  }

  TEST_CASE("a first step from nothing is the rate, also when beta is 0 or nearly 1") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const double beta : {0.0, 0.5, 0.9, 0.99999}) {
      INFO("beta ", beta);
      Adam state = some_state(333);
      state.m.assign(333, 0);
      state.v.assign(333, 0);
      Attributes a = config();
      a.beta1 = beta;
      a.beta2 = beta;
      check_step(*rig, state, a, 0.1, 1, true);
    }
  }

  TEST_CASE("any number of parameters, in parts, too") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::int64_t n : awkward_sizes)
      check_step(*rig, some_state(n), config(), 0.01, 3, true);
    check_step(*rig, some_state(70000), config(0.01), 0.01, 3, true);
    check_step(*rig, some_state(5000), config(0.01), 0.01, 3, true, 4096);
    check_step(*rig, some_state(5000), config(0.01), 0.01, 3, false, 4096);
  }

  TEST_CASE("parameters may lie apart") {
    const auto rig = make_rig();
    if (!rig) return;
    const Adam state = some_state(100);
    std::vector<View> in, packed_in;
    for (const auto* values : {&state.p, &state.g, &state.m, &state.v}) {
      packed_in.push_back(rig->make({100}));
      put(*rig, packed_in.back(), *values);
      in.push_back({rig->make({200}).buffer, {100}, {-2}, 199, DType::f32});
      vulkan::find_kernel(Op::copy).kernel({Op::copy, {packed_in.back()}, {in.back()}, {}},
                                           rig->stream);
    }
    const View rate = rig->make({});
    const View number = rig->make({}, DType::i32);
    rig->put(rate, std::vector<float>{0.01F});
    rig->put(number, std::vector<std::int32_t>{5});
    const auto kernel = vulkan::find_kernel(Op::adam_step).kernel;
    kernel({Op::adam_step,
            {in[0], in[1], in[2], in[3], rate, number},
            {in[0], in[2], in[3]},
            config(0.1)},
           rig->stream);
    kernel({Op::adam_step,
            {packed_in[0], packed_in[1], packed_in[2], packed_in[3], rate, number},
            {packed_in[0], packed_in[2], packed_in[3]},
            config(0.1)},
           rig->stream);
    for (const std::size_t i : {0, 2, 3}) {
      const View back = rig->make({100});
      vulkan::find_kernel(Op::copy).kernel({Op::copy, {in[i]}, {back}, {}}, rig->stream);
      CHECK(rig->get<float>(back) == rig->get<float>(packed_in[i]));
    }
  }
}
