#include "framework/nn/init.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "framework/backend/registry.h"
#include "framework/nn/linear.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;

struct Moments {
  double low, high, mean, deviation;
};
Moments moments(const Tensor& t) {
  return {min(t).item(), max(t).item(), mean(t).item(), std::sqrt(variance(t).item())};
}

}  // namespace

TEST_CASE("init: fans follow the layouts") {
  CHECK(init::fan({20, 400}).in == 400);
  CHECK(init::fan({20, 400}).out == 20);
  CHECK(init::fan({32, 3, 5, 8}).in == 3 * 5 * 8);
  CHECK(init::fan({32, 3, 5, 8}).out == 32 * 3 * 5);
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { init::fan({3}); }), "(3)"));
}

TEST_CASE("init: each rule has its range and spread") {
  manual_seed(7);
  Tensor w = Tensor::empty({100, 60});
  const double n = std::sqrt(6000.0);
  const auto check_uniform = [&](double bound) {
    const auto m = moments(w);
    CHECK(m.low >= -bound);
    CHECK(m.high <= bound);
    CHECK(m.high > 0.99 * bound);
    CHECK(std::abs(m.mean) < 4 * bound / n);
    CHECK(m.deviation == doctest::Approx(bound / std::sqrt(3.0)).epsilon(0.03));
  };
  init::uniform(w, -0.5, 0.5);
  check_uniform(0.5);
  init::fan_in_uniform(w, 60);
  check_uniform(1 / std::sqrt(60.0));
  init::kaiming_uniform(w);
  check_uniform(std::sqrt(2.0) * std::sqrt(3.0 / 60));
  init::xavier_uniform(w);
  check_uniform(std::sqrt(6.0 / 160));

  const auto check_normal = [&](double mean, double deviation) {
    const auto m = moments(w);
    CHECK(std::abs(m.mean - mean) < 4 * deviation / n);
    CHECK(m.deviation == doctest::Approx(deviation).epsilon(0.04));
  };
  init::normal(w, 1, 0.1);
  check_normal(1, 0.1);
  init::xavier_normal(w, 2);
  check_normal(0, 2 * std::sqrt(2.0 / 160));
  init::constant(w, 0.25);
  CHECK(min(w).item() == 0.25);
  CHECK(max(w).item() == 0.25);
}

TEST_CASE("init: a seed gives the same bits on every backend, another seed others") {
  const auto draw = [](const Device& device, std::uint64_t seed) {
    device.generator().seed(seed);
    Tensor first = Tensor::empty({5, 7}, DType::f32, device);
    Tensor second = Tensor::empty({5, 7}, DType::f32, device);
    init::kaiming_uniform(first);
    init::normal(second);
    auto values = first.to_vector<float>();
    for (const float v : second.to_vector<float>()) values.push_back(v);
    return values;
  };
  const auto want = draw(default_device(), 3);
  CHECK(draw(default_device(), 3) == want);
  CHECK(draw(default_device(), 4) != want);
  for (const auto& entry : registered_backends()) {
    if (entry.name == "null") continue;
    std::optional<Device> device;
    try {
      device = Device::open(entry.name);
    } catch (const Error& error) {
      MESSAGE("init on '" << entry.name << "' was not tested: " << std::string(error.what()));
      continue;
    }
    CAPTURE(entry.name);
    CHECK(draw(*device, 3) == want);
  }
}

TEST_CASE("init: weights are floating point") {
  CHECK(test::contains(
      test::error_of(ErrorKind::usage, [] { init::normal(Tensor::zeros({2}, DType::i32)); }),
      "i32"));
}
