#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "framework/data/synthetic.h"
#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

using Factors = std::array<int, 5>;  // shape, scale, orientation, x, y

std::int64_t index_of(const Factors& f) {
  return (((f[0] * 6 + f[1]) * 40 + f[2]) * 32 + f[3]) * 32 + f[4];
}

std::vector<float> sprite(const Factors& f) { return example(*sprites(), index_of(f)); }

float at(const std::vector<float>& image, int x, int y) {
  return image[static_cast<std::size_t>(y * 64 + x)];
}

double area(const std::vector<float>& image) {
  return std::accumulate(image.begin(), image.end(), 0.0);
}

}  // namespace

TEST_CASE("sprites have the factors of dSprites, slowest first") {
  const auto data = sprites();
  CHECK(data->size() == 737280);
  CHECK(data->shape() == Shape{64, 64, 1});
  CHECK(data->num_classes() == 3);
  const auto factors = data->factors();
  REQUIRE(factors.size() == 5);
  const std::vector<std::pair<std::string, int>> expected{
      {"shape", 3}, {"scale", 6}, {"orientation", 40}, {"x", 32}, {"y", 32}};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(factors[i].name == expected[i].first);
    CHECK(factors[i].cardinality == expected[i].second);
  }
  for (const Factors& f : {Factors{0, 0, 0, 0, 0},
                           {0, 0, 0, 0, 31},
                           {0, 0, 0, 1, 0},
                           {1, 2, 3, 4, 5},
                           {2, 5, 39, 31, 31}}) {
    Factors read{};
    data->factor_values(index_of(f), read);
    CHECK(read == f);
    CHECK(data->label(index_of(f)) == f[0]);
  }
  CHECK(index_of({2, 5, 39, 31, 31}) == 737279);
}

TEST_CASE("a sprite is white on black and never touches the border") {
  for (int shape = 0; shape < 3; ++shape)
    for (int orientation = 0; orientation < 40; ++orientation)
      for (const int corner : {0, 31}) {
        const auto image = sprite({shape, 5, orientation, corner, corner});
        CHECK(std::ranges::all_of(image, [](float x) { return x == 0.0F || x == 1.0F; }));
        for (int i = 0; i < 64; ++i)
          CHECK(at(image, i, 0) + at(image, i, 63) + at(image, 0, i) + at(image, 63, i) == 0.0F);
      }
}

TEST_CASE("position moves a sprite by a pixel a step") {
  for (int shape = 0; shape < 3; ++shape) {
    const auto first = sprite({shape, 3, 7, 0, 0});
    const auto moved = sprite({shape, 3, 7, 12, 30});
    for (int y = 0; y < 34; ++y)
      for (int x = 0; x < 52; ++x) CHECK(at(moved, x + 12, y + 30) == at(first, x, y));
    CHECK(area(moved) == area(first));
  }
}

TEST_CASE("scale and orientation change what they name") {
  for (int shape = 0; shape < 3; ++shape) {
    const double full = area(sprite({shape, 5, 3, 9, 9}));
    CHECK(full > 350.0);
    CHECK(full < 500.0);
    for (int scale = 0; scale < 6; ++scale) {
      const double size = 0.5 + 0.1 * scale;
      CHECK(area(sprite({shape, scale, 3, 9, 9})) ==
            doctest::Approx(full * size * size).epsilon(0.08));
    }
    std::set<std::vector<float>> turned;
    for (int orientation = 0; orientation < 40; ++orientation)
      turned.insert(sprite({shape, 5, orientation, 9, 9}));
    // A square looks the same after a quarter turn, an ellipse after half a turn, a heart never.
    CHECK(turned.size() == std::array<std::size_t, 3>{10, 20, 40}[static_cast<std::size_t>(shape)]);
  }
}

TEST_CASE("the three shapes are a square, an ellipse and an upright heart") {
  const auto square = sprite({0, 5, 0, 16, 16});  // centred on pixel (32, 32), half a side 10.96
  CHECK(area(square) == 21 * 21);
  CHECK(at(square, 22, 22) == 1.0F);
  CHECK(at(square, 42, 42) == 1.0F);
  CHECK(at(square, 43, 32) == 0.0F);
  const auto ellipse = sprite({1, 5, 0, 16, 16});
  CHECK(at(ellipse, 47, 32) == 1.0F);
  CHECK(at(ellipse, 32, 40) == 0.0F);
  const auto heart = sprite({2, 5, 0, 16, 16});
  CHECK(at(heart, 32, 32) == 1.0F);
  CHECK(at(heart, 32, 42) == 1.0F);  // the tip points down
  CHECK(at(heart, 32, 20) == 0.0F);  // the notch
  CHECK(at(heart, 25, 20) == 1.0F);  // the two lobes
  CHECK(at(heart, 39, 20) == 1.0F);
  for (int y = 0; y < 64; ++y)
    for (int x = 1; x < 32; ++x) CHECK(at(heart, 32 - x, y) == at(heart, 32 + x, y));
}

TEST_CASE("the sprites are the same on every machine") {
  const auto data = sprites();
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (std::int64_t i = 0; i < data->size(); i += 7919)
    for (const float x : example(*data, i)) hash = (hash ^ (x > 0.0F)) * 0x100000001b3ULL;
  CHECK(hash == 2437695277284380843ULL);
}
