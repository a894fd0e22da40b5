#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/nn/dropout.h"
#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/conformance/harness.h"

using namespace varve;

namespace {

using Floats = std::vector<float>;

/// Runs `body(0)` and `body(1)`, each on a thread of its own, and rethrows what they throw.
void at_once(const std::function<void(int)>& body) {
  std::exception_ptr errors[2];
  const auto run = [&](int which) {
    try {
      body(which);
    } catch (...) {
      errors[which] = std::current_exception();
    }
  };
  std::thread first(run, 0), second(run, 1);
  first.join();
  second.join();
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

/// A few captured steps of a model of its own, from a seed: its losses and weights.
Floats train(const Device& device, std::uint64_t seed, int steps) {
  set_default_device(device);
  manual_seed(seed);
  Linear encoder({.in = 6, .out = 33, .activation = Activation::tanh}),
      decoder({.in = 33, .out = 6});
  Dropout dropout({.p = 0.2});
  Tensors parameters = encoder.parameters();
  for (const auto& tensor : decoder.parameters()) parameters.push_back(tensor);
  Adam adam(parameters, {.learning_rate = 0.01});
  double weight = 0.1 * static_cast<double>(seed);
  auto step = capture([&](const Tensors& in) {
    adam.zero_grad();
    const Tensor y = decoder(dropout(encoder(in[0])));
    const Tensor loss = mean(square(y - in[0])) * weight;
    backward(loss);
    adam.step();
    return Tensors{loss};
  });
  Floats out;
  for (int i = 0; i < steps; ++i) {
    weight += 0.1;
    const Tensor x = randn({17 + i % 2, 6});
    out.push_back(static_cast<float>(step({x})[0].item()));
  }
  for (const auto& parameter : parameters)
    for (const float value : parameter.to_vector<float>()) out.push_back(value);
  return out;
}

}  // namespace

// VARVE_THREAD_RUNS=1000 for as many runs on each backend.
TEST_CASE(
    "two threads train two models on one device and end with the bits of one after the other") {
  const char* wanted = std::getenv("VARVE_THREAD_RUNS");
  for (const auto& device : conformance::devices()) {
    const int runs = wanted != nullptr ? std::stoi(wanted) : device.name() == "vulkan" ? 3 : 20;
    int different = 0;
    Floats alone[2], together[2];
    at_once([&](int which) {
      if (which == 0)
        for (int i : {0, 1}) alone[i] = train(device, 3 + static_cast<std::uint64_t>(i), 8);
    });
    for (int run = 0; run < runs; ++run) {
      at_once([&](int which) {
        together[which] = train(device, 3 + static_cast<std::uint64_t>(which), 8);
      });
      different += together[0] != alone[0] || together[1] != alone[1];
    }
    CAPTURE(device.name());
    CHECK(different == 0);
  }
}

TEST_CASE("one thread captures and trains while another computes eagerly") {
  for (const auto& device : conformance::devices()) {
    std::atomic<bool> done{false};
    int wrong = 0;
    at_once([&](int which) {
      if (which == 0) {
        train(device, 5, 30);
        done = true;
        return;
      }
      const Tensor x = Tensor::ones({8}, DType::f32, device);
      do {
        wrong += sum(x * 2.0).item() != 16;
      } while (!done);
    });
    CAPTURE(device.name());
    CHECK(wrong == 0);
  }
}

TEST_CASE("two threads read one model; a captured decoder serves while another model trains") {
  for (const auto& device : conformance::devices()) {
    Floats want, got[2];
    const Tensor z = Tensor::ones({3, 4}, DType::f32, device);
    at_once([&](int which) {  // on a thread, so that the default device stays
      if (which == 1) return;
      set_default_device(device);
      manual_seed(1);
      Linear decoder({.in = 4, .out = 9});
      want = decoder(z).to_vector<float>();
      at_once([&](int reader) {
        auto decode = capture([&](const Tensors& in) { return Tensors{decoder(in[0])}; }, device);
        for (int i = 0; i < 20; ++i) {
          if (reader == 0) train(device, 7, 2);
          got[reader] = decode({z})[0].to_vector<float>();
        }
      });
    });
    CAPTURE(device.name());
    CHECK(got[0] == want);
    CHECK(got[1] == want);
  }
}

TEST_CASE("a thread has its own default device and random numbers") {
  const Device before = default_device();
  const Device other = Device::open("reference");
  Floats drawn[2];
  at_once([&](int which) {
    CHECK(default_device() == before);  // the main thread's
    if (which == 1) set_default_device(other);
    CHECK((default_device() == other) == (which == 1));
    drawn[which] = randn({4}, DType::f32, other).to_vector<float>();
  });
  CHECK(default_device() == before);
  CHECK(drawn[0] != drawn[1]);  // unseeded threads do not repeat each other
  at_once([&](int which) {
    set_default_device(other);
    manual_seed(11);
    drawn[which] = randn({4}).to_vector<float>();
  });
  CHECK(drawn[0] == drawn[1]);
}
