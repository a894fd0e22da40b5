#include <doctest/doctest.h>

#include <numeric>
#include <thread>

#include "framework/data/digit_strokes.h"
#include "framework/data/synthetic.h"
#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

using Image = std::array<std::uint8_t, detail::digit_side * detail::digit_side>;

Image draw(int digit, std::uint64_t seed, std::uint64_t stream) {
  Image image{};
  detail::draw_digit(digit, seed, stream, image);
  return image;
}

}  // namespace

TEST_CASE("every digit has glyphs whose weights add to one") {
  for (int digit = 0; digit < 10; ++digit) {
    double sum = 0.0;
    for (const auto& glyph : detail::digit_glyphs(digit)) {
      sum += glyph.weight;
      REQUIRE_FALSE(glyph.strokes.empty());
      for (const auto& stroke : glyph.strokes) {
        CHECK(stroke.size() >= 4);
        for (const auto& point : stroke) {
          CHECK(point.x > -15.0);
          CHECK(point.x < 75.0);
          CHECK(point.y > -15.0);
          CHECK(point.y < 115.0);
        }
      }
    }
    CHECK(sum == doctest::Approx(1.0));
  }
}

TEST_CASE("digits have the sizes and classes of a small MNIST") {
  for (const auto split : {Split::train, Split::test}) {
    const auto data = digits(split);
    CHECK(data->size() == (split == Split::train ? 12000 : 2000));
    CHECK(data->shape() == Shape{28, 28, 1});
    CHECK(data->num_classes() == 10);
    std::array<std::int64_t, 10> counts{};
    for (std::int64_t i = 0; i < data->size(); ++i)
      ++counts[static_cast<std::size_t>(data->label(i))];
    for (const auto count : counts) CHECK(count == data->size() / 10);
  }
}

TEST_CASE("digits are as bright as MNIST, and centred with an empty border") {
  const auto data = digits(Split::test);
  double sum = 0.0;
  double x_sum = 0.0;
  double y_sum = 0.0;
  int inked_border = 0;
  for (std::int64_t i = 0; i < 500; ++i) {
    const auto image = example(*data, i);
    for (std::size_t p = 0; p < image.size(); ++p) {
      const std::size_t x = p % 28;
      const std::size_t y = p / 28;
      CHECK((image[p] >= 0.0F && image[p] <= 1.0F));
      sum += double{image[p]};
      x_sum += double{image[p]} * (static_cast<double>(x) + 0.5);
      y_sum += double{image[p]} * (static_cast<double>(y) + 0.5);
      inked_border += (x == 0 || y == 0 || x == 27 || y == 27) && image[p] > 0.0F;
    }
  }
  CHECK(sum / (500 * 784) == doctest::Approx(0.131).epsilon(0.05));
  CHECK(x_sum / sum == doctest::Approx(14.0).epsilon(0.02));
  CHECK(y_sum / sum == doctest::Approx(14.0).epsilon(0.02));
  CHECK(inked_border == 0);
}

TEST_CASE("a digit is a function of seed and stream") {
  CHECK(draw(3, 0, 1) == draw(3, 0, 1));
  CHECK(draw(3, 0, 1) != draw(3, 0, 2));
  CHECK(draw(3, 0, 1) != draw(3, 1, 1));
  CHECK(draw(3, 0, 1) != draw(4, 0, 1));
  CHECK(example(*digits(Split::train), 5) != example(*digits(Split::test), 5));
  CHECK(example(*digits(Split::train), 5) != example(*digits(Split::train, 1), 5));
  CHECK(example(*digits(Split::train), 5) == example(*digits(Split::train), 5));
}

TEST_CASE("the digits are the same bytes on every machine") {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (std::uint64_t i = 0; i < 200; ++i)
    for (const auto byte : draw(static_cast<int>(i % 10), 0, i))
      hash = (hash ^ byte) * 0x100000001b3ULL;
  CHECK(hash == 9231503808105532929ULL);
}

TEST_CASE("threads may read digits at once") {
  const auto data = digits(Split::test);
  std::array<std::vector<float>, 2> sums;
  {
    std::vector<std::jthread> threads;
    for (auto& sum : sums)
      threads.emplace_back([&] {
        for (std::int64_t i = 0; i < 100; ++i) {
          const auto image = example(*data, i);
          sum.push_back(std::accumulate(image.begin(), image.end(), 0.0F));
        }
      });
  }
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0][0] > 0.0F);
}
