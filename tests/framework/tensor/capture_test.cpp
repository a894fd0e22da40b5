#include "framework/tensor/capture.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/nn/dropout.h"
#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/optim/clip.h"
#include "framework/optim/ema.h"
#include "framework/optim/rmsprop.h"
#include "framework/optim/schedule.h"
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

TEST_CASE("a host number that changes is refused, naming where it was baked in") {
  on_each_backend([] {
    double frozen = 1;
    auto scaled = capture([&](const Tensors& in) { return Tensors{in[0] * frozen}; });
    const Tensor x = Tensor::from({1, 2});
    // Until it is refused, each call must compute with the number of this call.
    const auto message = usage_error([&] {
      for (int call = 0; call < 8; ++call) {
        frozen = 0.5 + call;
        const auto result = scaled({x})[0].to_vector<float>();
        CHECK(result[1] == doctest::Approx(2 * frozen));
      }
    });
    CAPTURE(message);
    CHECK(contains(message, "[capture]"));
    CHECK(contains(message, "fill("));
    CHECK(contains(message, "upload()"));
    CHECK_FALSE(scaled.compiled());
  });
}

TEST_CASE("a branch on the host is refused") {
  on_each_backend([] {
    int call = 0;
    auto branching = capture(
        [&](const Tensors& in) { return Tensors{++call % 2 == 0 ? exp(in[0]) : sin(in[0])}; });
    const Tensor x = Tensor::from({1});
    const auto message = usage_error([&] {
      for (int i = 0; i < 8; ++i) branching({x});
    });
    CHECK(contains(message, "[capture]"));
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

TEST_CASE("results are overwritten by the next call; a clone keeps them") {
  on_each_backend([] {
    auto copied = capture([](const Tensors& in) { return Tensors{in[0] + 0.0}; });
    Tensor x = Tensor::from({4});
    copied({x});
    copied({x});
    const Tensor result = copied({x})[0];
    const Tensor kept = result.clone();
    CHECK(result.item() == 4);
    put(x, 5);
    copied({x});
    CHECK(result.item() == 5);
    CHECK(kept.item() == 4);
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

TEST_CASE("a captured function inside of another, or an input of another device, is refused") {
  on_each_backend([] {
    auto inner = capture([](const Tensors& in) { return Tensors{in[0] + 1.0}; });
    auto outer = capture([&](const Tensors& in) { return inner(in); });
    const Tensor x = Tensor::from({1});
    CHECK(contains(usage_error([&] { outer({x}); }), "inside of another"));
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
