#include "framework/program/capture.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/backend/decorators.h"
#include "framework/core/schedule.h"
#include "framework/nn/dropout.h"
#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/optim/clip.h"
#include "framework/optim/ema.h"
#include "framework/optim/rmsprop.h"
#include "framework/optim/sgd.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/data/testing.h"

using namespace varve;
using varve::testing::contains;

namespace {

/// Runs `body` with each host backend as the default device.
void on_each_backend(const std::function<void()>& body) {
  const Device before = default_device();
  for (const char* name : {"reference", "cpu"}) {
    CAPTURE(name);
    set_default_device(Device::open(name));
    body();
  }
  set_default_device(before);
}

template <class Function>
std::string usage_error(Function function) {
  return testing::error_of(ErrorKind::usage, function);
}

void put(Tensor tensor, float value) { tensor.upload(std::span<const float>(&value, 1)); }

}  // namespace

TEST_CASE("the first two calls run eagerly, later ones are replays of the same values") {
  on_each_backend([] {
    auto squared = capture([](const Tensors& in) { return Tensors{square(in[0]) + 1.0}; });
    Tensor x = Tensor::zeros({2});
    for (int call = 0; call < 6; ++call) {
      CHECK(squared.compiled() == (call >= 2));
      const std::vector<float> values{static_cast<float>(call), 2};
      x.upload(std::span<const float>(values));
      CHECK(squared({x})[0].to_vector<float>() == std::vector<float>{values[0] * values[0] + 1, 5});
    }
  });
}

TEST_CASE("a host number that changes counts at every call, and stays a replay") {
  on_each_backend([] {
    double weight = 1;
    auto scaled = capture([&](const Tensors& in) { return Tensors{in[0] * weight}; });
    const Tensor x = Tensor::from({1, 2});
    for (int call = 0; call < 8; ++call) {
      weight = 0.5 + call;
      CHECK(scaled({x})[0].to_vector<float>()[1] == 2 * weight);
      CHECK(scaled.compiled() == (call >= 1));
    }
  });
}

TEST_CASE("a branch on the host counts at every call") {
  on_each_backend([] {
    int call = 0;
    auto branching = capture(
        [&](const Tensors& in) { return Tensors{++call % 2 == 0 ? in[0] * 10.0 : in[0] + 1.0}; });
    const Tensor x = Tensor::from({3});
    for (int i = 0; i < 8; ++i) {
      CHECK(branching({x})[0].item() == (i % 2 == 1 ? 30 : 4));
      CHECK(branching.compiled() == (i >= 2));
    }
  });
}

TEST_CASE("train and eval mode, and a limit of clipping, count at every call") {
  on_each_backend([] {
    Dropout dropout({.p = 0.5});
    auto dropped = capture([&](const Tensors& in) { return Tensors{dropout(in[0])}; });
    const Tensor x = Tensor::ones({1000});
    for (int call = 0; call < 9; ++call) {
      const bool training = call % 3 != 2;
      dropout.train(training);
      CHECK((mean(square(dropped({x})[0])).item() == 1) == !training);
    }
    Tensor w = Tensor::from({1});
    w.set_requires_grad();
    Sgd sgd({w}, {.learning_rate = 1});
    double limit = 1;
    auto step = capture([&](const Tensors&) {
      sgd.zero_grad();
      const Tensor loss = sum(w * 10.0);
      backward(loss);
      clip_by_value(sgd.arena(), limit);
      sgd.step();
      return Tensors{loss};
    });
    for (int call = 0; call < 5; ++call) {
      limit = 1.0 / (1 << call);
      const double before = w.item();
      step({});
      CHECK(before - w.item() == limit);
    }
  });
}

TEST_CASE("a tensor of the caller that the function replaces is state from call to call") {
  on_each_backend([] {
    Tensor h = Tensor::ones({1});
    auto leaky = capture([&](const Tensors& in) {
      h = h * 0.5 + in[0];
      return Tensors{h};
    });
    double want = 1;
    const Tensor one = Tensor::ones({1});
    for (int call = 0; call < 8; ++call) {
      want = want * 0.5 + 1;
      CHECK(leaky({one})[0].item() == want);
      CHECK(h.item() == want);
    }
  });
}

TEST_CASE("what a function writes into its inputs reaches the caller's tensors") {
  on_each_backend([] {
    auto counting = capture([](const Tensors& in) {
      Tensor x = in[0];
      x.assign(x + 1.0);
      return Tensors{x};
    });
    for (int call = 0; call < 5; ++call) {
      Tensor x = Tensor::from({static_cast<float>(call)});
      const Tensor result = counting({x})[0];
      CHECK(x.item() == call + 1);
      CHECK(result.item() == call + 1);
    }
  });
}

TEST_CASE("gradients of inputs are the caller's") {
  on_each_backend([] {
    auto slope = capture([](const Tensors& in) {
      const Tensor loss = sum(square(in[0]));
      backward(loss);
      return Tensors{loss};
    });
    Tensor x = Tensor::from({3});
    x.set_requires_grad();
    for (int call = 0; call < 4; ++call) {
      x.zero_grad();
      slope({x});
      CHECK(x.grad().item() == 6);
    }
  });
}

TEST_CASE("backward inside, the optimizer outside; and an optimizer made later") {
  on_each_backend([] {
    Tensor w = Tensor::ones({3});
    w.set_requires_grad();
    auto gradient = capture([&](const Tensors& in) {
      const Tensor loss = sum(w * in[0]);
      backward(loss);
      return Tensors{loss};
    });
    const Tensor x = Tensor::ones({3});
    for (int round = 0; round < 3; ++round) {
      Sgd sgd({w}, {.learning_rate = 0.125});
      for (int i = 0; i < 4; ++i) {
        const double before = w[0].item();
        sgd.zero_grad();
        gradient({x});
        sgd.step();
        CHECK(w[0].item() == before - 0.125);
      }
    }
    for (int i = 0; i < 4; ++i) gradient({x});  // nobody forgets: they add up
    CHECK(w.grad()[0].item() == 5);
  });
}

TEST_CASE("a number in a tensor moves under replay") {
  on_each_backend([] {
    Tensor weight = Tensor::scalar(1);
    auto scaled = capture([&](const Tensors& in) { return Tensors{in[0] * weight}; });
    const Tensor x = Tensor::from({1, 3});
    for (int call = 0; call < 6; ++call) {
      put(weight, static_cast<float>(call));
      CHECK(scaled({x})[0].to_vector<float>()[1] == 3 * static_cast<float>(call));
    }
  });
}

TEST_CASE("reading and writing values inside throws, and the device works on") {
  on_each_backend([] {
    Tensor weight = Tensor::scalar(2);
    const Tensor x = Tensor::from({1, 2});
    auto reading = capture([](const Tensors& in) { return Tensors{in[0] * sum(in[0]).item()}; });
    CHECK(contains(usage_error([&] { reading({x}); }), "read back while recording"));
    auto writing = capture([&](const Tensors& in) {
      put(weight, 3);
      return Tensors{in[0] * weight};
    });
    CHECK(contains(usage_error([&] { writing({x}); }), "written while recording"));
    auto making = capture([](const Tensors& in) { return Tensors{in[0] + Tensor::from({1, 1})}; });
    CHECK(contains(usage_error([&] { making({x}); }), "written while recording"));
    CHECK(sum(x * weight).item() == 6);
    put(weight, 4);
    CHECK(weight.item() == 4);
  });
}

TEST_CASE("an exception from the function comes out and leaves the captured function usable") {
  on_each_backend([] {
    bool broken = true;
    auto function = capture([&](const Tensors& in) {
      const Tensor y = in[0] + 1.0;
      if (broken) throw std::runtime_error("no");
      return Tensors{y};
    });
    const Tensor x = Tensor::from({1});
    CHECK_THROWS_AS(function({x}), std::runtime_error);
    broken = false;
    for (int call = 0; call < 4; ++call) CHECK(function({x})[0].item() == 2);
    CHECK(function.compiled());
  });
}

TEST_CASE("another shape, dtype or number of inputs records anew") {
  on_each_backend([] {
    auto total = capture([](const Tensors& in) {
      Tensor all = Tensor::scalar(0, in[0].dtype());
      for (const auto& x : in) all = all + sum(x);
      return Tensors{all};
    });
    const auto sum_of = [&](const Tensors& in) { return total(in)[0].item(); };
    const Tensor x = Tensor::ones({2, 3});
    for (int round = 0; round < 2; ++round) {
      for (int call = 0; call < 3; ++call) CHECK(sum_of({x}) == 6);
      CHECK(total.compiled());
      CHECK(sum_of({Tensor::ones({4})}) == 4);
      CHECK_FALSE(total.compiled());
      for (int call = 0; call < 3; ++call) CHECK(sum_of({Tensor::ones({4}, DType::f64)}) == 4);
      for (int call = 0; call < 3; ++call)
        CHECK(sum_of({Tensor::ones({4}), Tensor::ones({1})}) == 5);
    }
  });
}

TEST_CASE("inputs: other tensors are copied in, the recorded ones are read where they are") {
  on_each_backend([] {
    auto doubled = capture([](const Tensors& in) { return Tensors{in[0] * 2.0}; });
    Tensor own = Tensor::from({1});
    for (int call = 0; call < 4; ++call) {
      put(own, static_cast<float>(call));
      CHECK(doubled({own})[0].item() == 2 * call);
    }
    CHECK(doubled({Tensor::from({21})})[0].item() == 42);
    CHECK(doubled({Tensor::from({5, 6, 7}).slice(0, 1, 2)})[0].item() == 12);
  });
}

TEST_CASE("a replay never writes to a tensor of the caller") {
  auto f = capture([](const Tensors& in) { return Tensors{in[0] * 2.0}; });
  const auto a = Tensor::from({1, 2});
  for (int i = 0; i < 3; ++i) f({a});
  REQUIRE(f.compiled());
  CHECK(f({Tensor::from({5, 6})})[0].to_vector<float>() == std::vector<float>{10, 12});
  CHECK(a.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(f({a})[0].to_vector<float>() == std::vector<float>{2, 4});
}

TEST_CASE("inputs that are other tensors at every call are replayed as well") {
  on_each_backend([] {
    auto doubled = capture([](const Tensors& in) { return Tensors{in[0] * 2.0}; });
    std::vector<Tensor> given;
    for (int call = 0; call < 6; ++call) {
      given.push_back(Tensor::from({static_cast<float>(call)}));
      CHECK(doubled({given.back()})[0].item() == 2 * call);
    }
    CHECK(doubled.compiled());
    for (int call = 0; call < 6; ++call)
      CHECK(given[static_cast<std::size_t>(call)].item() == call);
  });
}

TEST_CASE("results belong to the caller") {
  on_each_backend([] {
    auto copied = capture([](const Tensors& in) { return Tensors{in[0] + 0.0, in[0]}; });
    Tensor x = Tensor::from({0});
    std::vector<Tensors> results;
    for (int call = 0; call < 5; ++call) {
      x = Tensor::from({static_cast<float>(call)});
      results.push_back(copied({x}));
    }
    for (std::size_t call = 0; call < results.size(); ++call)
      for (const auto& result : results[call]) CHECK(result.item() == call);
  });
}

TEST_CASE("a step that fails changes nothing, and what it made has no values") {
  on_each_backend([] {
    Tensor w = Tensor::ones({1});
    w.set_requires_grad();
    Sgd sgd({w}, {.learning_rate = 1});
    Tensor leaked;
    auto failing = capture([&](const Tensors&) {
      sgd.zero_grad();
      const Tensor loss = sum(w * 3.0);
      backward(loss);
      sgd.step();
      leaked = loss.detach();
      return Tensors{loss * loss.item()};
    });
    for (int call = 0; call < 3; ++call) {
      CHECK(contains(usage_error([&] { failing({}); }), "read back while recording"));
      CHECK(w.item() == 1);
      CHECK_FALSE(w.grad().defined());
      CHECK(contains(usage_error([&] { leaked.item(); }), "captured step that failed"));
      CHECK(contains(usage_error([&] { leaked + 1.0; }), "captured step that failed"));
    }
  });
}

TEST_CASE("the latest eight programs are kept, and any number of kinds of step is right") {
  on_each_backend([] {
    std::int64_t stop = 1;
    auto part = capture([&](const Tensors& in) { return Tensors{sum(in[0].slice(0, 0, stop))}; });
    const Tensor x = Tensor::ones({20});
    for (int round = 0; round < 3; ++round)
      for (stop = 1; stop <= 12; ++stop) CHECK(part({x})[0].item() == stop);
    stop = 12;
    part({x});
    part({x});
    CHECK(part.compiled());
  });
}

TEST_CASE("a decorator that is put on after a step was compiled sees its commands") {
  on_each_backend([] {
    auto doubled = capture([](const Tensors& in) { return Tensors{in[0] * 2.0}; });
    const Tensor x = Tensor::from({1});
    for (int call = 0; call < 3; ++call) doubled({x});
    const Device device = default_device();
    device.push(std::make_unique<Trace>(device.backend()));
    for (int call = 0; call < 3; ++call) CHECK(doubled({x})[0].item() == 2);
    const auto trace = device.pop();
    CHECK(static_cast<const Trace&>(*trace).entries().size() >= 6);
    for (int call = 0; call < 3; ++call) CHECK(doubled({x})[0].item() == 2);
  });
}

TEST_CASE("random numbers advance under replay as they do eagerly") {
  on_each_backend([] {
    const auto draw = [](const Tensors&) { return Tensors{randn({3}), rand({3})}; };
    const auto values = [](const std::function<Tensors()>& call) {
      manual_seed(9);
      std::vector<std::vector<float>> out;
      for (int i = 0; i < 6; ++i)
        for (const auto& tensor : call()) out.push_back(tensor.to_vector<float>());
      default_device().generator().set_step(77);
      for (const auto& tensor : call()) out.push_back(tensor.to_vector<float>());
      return out;
    };
    auto captured = capture(draw);
    const auto replayed = values([&] { return captured({}); });
    const auto eager = values([&] { return draw({}); });
    CHECK(replayed == eager);
    for (std::size_t i = 2; i < eager.size(); ++i) CHECK(eager[i] != eager[i - 2]);
  });
}

TEST_CASE(
    "a captured function inside of another is a part of it; an input of another device is "
    "refused") {
  on_each_backend([] {
    auto inner = capture([](const Tensors& in) { return Tensors{in[0] + 1.0}; });
    auto outer = capture([&](const Tensors& in) { return inner(in); });
    const Tensor x = Tensor::from({1});
    for (int call = 0; call < 4; ++call) CHECK(outer({x})[0].item() == 2);
    CHECK(outer.compiled());
    CHECK(inner({x})[0].item() == 2);

    const Tensor foreign = Tensor::ones({1}, DType::f32, Device::open("reference"));
    CHECK(contains(usage_error([&] { inner({foreign}); }), "the captured function on"));
  });
}

namespace {

/// What a step may contain besides the optimizer.
struct Ingredients {
  bool dropout, reparameterization, extras;
};

using MakeOptimizer = std::function<std::unique_ptr<Optimizer>(const Tensors&)>;

/// Weights and losses after `steps` steps, as bits.
std::vector<std::vector<float>> train(const MakeOptimizer& make, const Schedule& schedule,
                                      const Ingredients& use, bool replay) {
  constexpr int steps = 7;
  manual_seed(21);
  Linear encoder({.in = 5, .out = 8, .activation = Activation::tanh}), decoder({.in = 4, .out = 5});
  Dropout dropout({.p = 0.3});
  Tensors parameters = encoder.parameters();
  for (const auto& tensor : decoder.parameters()) parameters.push_back(tensor);
  const auto optimizer = make(parameters);
  Ema ema(optimizer->arena(), 0.9);
  Tensor beta = Tensor::scalar(0);

  const auto step = [&](const Tensors& in) {
    optimizer->zero_grad();
    Tensor hidden = encoder(in[0]);
    if (use.dropout) hidden = dropout(hidden);
    const Tensors halves = hidden.chunk(2, 1);
    Tensor code = halves[0];
    if (use.reparameterization) code = reparameterize(code, halves[1], randn(code.shape()));
    const Tensor kl = mean(gaussian_kl(halves[0], halves[1]));
    const Tensor loss = mean(square(decoder(code) - in[0])) + beta * kl;
    backward(loss);
    if (use.extras) clip_by_norm(optimizer->arena(), 0.05);
    optimizer->step();
    if (use.extras) ema.update();
    return Tensors{loss};
  };
  auto captured = capture(step);
  std::vector<std::vector<float>> out;
  Tensor x = Tensor::zeros({3, 5});
  for (int i = 0; i < steps; ++i) {
    optimizer->set_learning_rate(schedule(i));
    put(beta, 0.1F * static_cast<float>(i));
    default_device().generator().set_step(static_cast<std::uint64_t>(i));
    x.assign(sin(Tensor::arange(15, i, 1.3)).reshape({3, 5}));
    out.push_back((replay ? captured({x}) : step({x}))[0].to_vector<float>());
  }
  CHECK(captured.compiled() == replay);
  out.push_back(optimizer->arena().values().to_vector<float>());
  for (const auto& [name, tensor] : optimizer->state()) out.push_back(tensor.to_vector<float>());
  for (const auto& [name, tensor] : ema.state()) out.push_back(tensor.to_vector<float>());
  return out;
}

}  // namespace

TEST_CASE("steps replayed equal steps run eagerly, bit for bit") {
  const std::vector<std::pair<const char*, MakeOptimizer>> optimizers{
      {"sgd", [](const Tensors& p) { return std::make_unique<Sgd>(p); }},
      {"momentum",
       [](const Tensors& p) {
         return std::make_unique<Sgd>(p, SgdConfig{.momentum = 0.9, .weight_decay = 0.01});
       }},
      {"nesterov",
       [](const Tensors& p) {
         return std::make_unique<Sgd>(p, SgdConfig{.momentum = 0.9, .nesterov = true});
       }},
      {"rmsprop", [](const Tensors& p) { return std::make_unique<Rmsprop>(p); }},
      {"rmsprop momentum",
       [](const Tensors& p) {
         return std::make_unique<Rmsprop>(p, RmspropConfig{.momentum = 0.9});
       }},
      {"adam", [](const Tensors& p) { return std::make_unique<Adam>(p); }},
      {"adamw", [](const Tensors& p) { return std::make_unique<AdamW>(p); }},
  };
  on_each_backend([&] {
    for (const auto& [name, make] : optimizers)
      for (const char* schedule :
           {"0.01", "step:0.02:0.5:2", "exponential:0.02:0.5:3", "linear:0.02:0:5",
            "cosine:0.02:0.001:6", "cyclic:0:0.02:4", "warmup:3:0.01", "0.01@2,linear:0.02:0:5"})
        for (const bool dropout : {false, true})
          for (const bool reparameterization : {false, true}) {
            // Clipping and averaging ride along in half of the cases.
            const Ingredients use{dropout, reparameterization, dropout == reparameterization};
            CAPTURE(name);
            CAPTURE(schedule);
            CAPTURE(dropout);
            CAPTURE(reparameterization);
            const auto rate = Schedule::parse(schedule);
            CHECK(train(make, rate, use, true) == train(make, rate, use, false));
          }
  });
}
