#include "framework/core/philox.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace varve;

TEST_CASE("Philox4x32-10 gives the known answers of its authors") {
  // Random123's kat_vectors.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is a function of seed and stream") {
  PhiloxStream a(1, 2), b(1, 2), other(1, 3);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.bits();
    CHECK(value == b.bits());
    differs = differs || value != other.bits();
  }
  CHECK(differs);
}

TEST_CASE("uniform, normal and bounded draws have their moments") {
  PhiloxStream random(7, 0);
  constexpr int count = 20000;
  double sum = 0, square = 0, uniform = 0;
  std::vector<int> histogram(6);
  for (int i = 0; i < count; ++i) {
    const double n = random.normal();
    sum += n;
    square += n * n;
    const double u = random.uniform();
    REQUIRE((u >= 0 && u < 1));
    uniform += u;
    ++histogram[random.below(6)];
  }
  CHECK(std::abs(sum / count) < 0.03);
  CHECK(std::abs(square / count - 1) < 0.05);
  CHECK(std::abs(uniform / count - 0.5) < 0.01);
  for (const auto hits : histogram) CHECK(std::abs(hits - count / 6) < 250);
}
