#include "framework/tensor/random.h"

#include <doctest/doctest.h>

#include "framework/tensor/functional.h"

using namespace varve;

TEST_CASE("draws are functions of seed, step and draw") {
  manual_seed(3);
  const auto generator = default_device().generator();
  const auto a = randn({5}).to_vector<float>();
  const auto b = randn({5}).to_vector<float>();
  CHECK(a != b);
  manual_seed(3);
  CHECK(randn({5}).to_vector<float>() == a);
  Generator(generator).set_step(8);
  const auto c = randn({5}).to_vector<float>();
  CHECK(c != a);
  Generator(generator).set_step(0);
  CHECK(randn({5}).to_vector<float>() == a);
  manual_seed(4);
  CHECK(randn({5}).to_vector<float>() != a);
}

TEST_CASE("a uniform draw is the Philox words, on every backend") {
  manual_seed(0x123456789abcULL);
  const auto values = rand({6}).to_vector<float>();
  for (std::uint32_t i = 0; i < 6; ++i) {
    const auto words = philox({i / 4, 0, 0, 0}, {0x56789abcU, 0x1234U});
    CHECK(values[i] == uniform_from_bits(words[i % 4]));
  }
}

TEST_CASE("draws have their moments, and dropout keeps the mean") {
  manual_seed(1);
  const auto n = randn({20000});
  CHECK(mean(n).item() == doctest::Approx(0).scale(1).epsilon(0.03));
  CHECK(variance(n).item() == doctest::Approx(1).epsilon(0.05));
  const auto y = dropout(Tensor::ones({20000}), 0.25);
  CHECK(mean(y).item() == doctest::Approx(1).epsilon(0.03));
  CHECK(max(y).item() == doctest::Approx(4.0 / 3));
  CHECK(min(y).item() == 0);
}

TEST_CASE("host streams do not depend on the device") {
  const auto other = Device::open("reference");
  manual_seed(6);
  other.generator().seed(6);
  auto a = default_device().generator().host_stream();
  auto b = other.generator().host_stream();
  auto next = other.generator().host_stream();
  const auto first = a.bits();
  CHECK(first == b.bits());
  CHECK(first != next.bits());
}
