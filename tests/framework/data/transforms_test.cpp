#include "framework/data/transforms.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;
using Handle = std::shared_ptr<const Transform>;
using Values = std::vector<float>;

namespace {

Values apply(const Handle& transform, const Values& in, const Shape& shape, PhiloxStream rng) {
  Values out(static_cast<std::size_t>(transform->shape(shape).numel()), -9.0F);
  transform->apply(in, shape, out, rng);
  return out;
}

Values apply(const Handle& transform, const Values& in, const Shape& shape = {4},
             std::uint64_t stream = 0) {
  return apply(transform, in, shape, PhiloxStream(5, stream));
}

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

Values counted(std::size_t count) {
  Values out(count);
  std::iota(out.begin(), out.end(), 0.0F);
  return out;
}

double mean(const Values& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("scale and binarize") {
  CHECK(apply(transforms::scale(2, -1), {0, 0.5F, 1, 2}) == Values{-1, 0, 1, 3});
  CHECK(apply(transforms::binarize(), {0, 0.5F, 0.6F, 1}) == Values{0, 0, 1, 1});
  CHECK(apply(transforms::binarize(0.1F), {0, 0.5F, 0.1F, 1}) == Values{0, 1, 0, 1});
  error_of(ErrorKind::usage, [] { transforms::scale(not_a_number); });
  error_of(ErrorKind::usage, [] { transforms::scale(1, INFINITY); });
  error_of(ErrorKind::usage, [] { transforms::binarize(not_a_number); });
}

TEST_CASE("binarize_dynamic draws with the pixel's probability, anew for each stream") {
  const Values in(10000, 0.3F);
  const auto first = apply(transforms::binarize_dynamic(), in, {10000}, 1);
  CHECK(mean(first) == doctest::Approx(0.3).epsilon(0.05));
  for (const float x : first) CHECK((x == 0.0F || x == 1.0F));
  CHECK(first == apply(transforms::binarize_dynamic(), in, {10000}, 1));
  CHECK(first != apply(transforms::binarize_dynamic(), in, {10000}, 2));
  CHECK(apply(transforms::binarize_dynamic(), {0, 1, 0, 1}) == Values{0, 1, 0, 1});
}

TEST_CASE("binarize_static draws the same whatever the stream, but not for another seed or image") {
  const Values in(10000, 0.3F);
  const auto first = apply(transforms::binarize_static(), in, {10000}, 1);
  CHECK(mean(first) == doctest::Approx(0.3).epsilon(0.05));
  CHECK(first == apply(transforms::binarize_static(), in, {10000}, 2));
  CHECK(first != apply(transforms::binarize_static(7), in, {10000}, 1));
  Values other = in;
  other[9999] = 0.0F;
  const auto second = apply(transforms::binarize_static(), other, {10000}, 1);
  CHECK(Values(first.begin(), first.end() - 1) != Values(second.begin(), second.end() - 1));
}

TEST_CASE("a Bernoulli draw refuses what is no probability") {
  for (const float bad : {-0.1F, 1.5F, not_a_number}) {
    error_of(ErrorKind::input, [&] { apply(transforms::binarize_static(), {0, bad, 0, 0}); });
    const auto message = error_of(ErrorKind::input, [&] {
      apply(transforms::binarize_dynamic(), {0, bad, 0, 0});
    });
    CHECK(contains(message, "[0, 1]"));
  }
}

TEST_CASE("pad centres the image") {
  const auto transform = transforms::pad(3, 4, 9);
  CHECK(transform->shape({1, 2, 2}) == Shape{3, 4, 2});
  CHECK(apply(transform, {1, 2, 3, 4}, {1, 2, 2}) == Values{9, 9, 9, 9, 9, 9, 9, 9,  //
                                                            9, 9, 1, 2, 3, 4, 9, 9,  //
                                                            9, 9, 9, 9, 9, 9, 9, 9});
  CHECK(apply(transforms::pad(2, 2), {5}, {1, 1, 1}) == Values{5, 0, 0, 0});
  CHECK(contains(error_of(ErrorKind::usage, [&] { transform->shape({4, 4, 1}); }), "4 x 4"));
  error_of(ErrorKind::usage, [&] { transform->shape({3, 5, 1}); });
  error_of(ErrorKind::usage, [&] { transform->shape({12}); });
  error_of(ErrorKind::usage, [] { transforms::pad(0, 4); });
  error_of(ErrorKind::usage, [] { transforms::pad(4, 4, not_a_number); });
}

TEST_CASE("crop takes the centre, and undoes pad") {
  const auto transform = transforms::crop(2, 1);
  CHECK(transform->shape({4, 3, 1}) == Shape{2, 1, 1});
  CHECK(apply(transform, counted(12), {4, 3, 1}) == Values{4, 7});
  const auto image = counted(2 * 3 * 2);
  const auto padded = apply(transforms::pad(5, 8), image, {2, 3, 2});
  CHECK(apply(transforms::crop(2, 3), padded, {5, 8, 2}) == image);
  error_of(ErrorKind::usage, [&] { transform->shape({1, 3, 1}); });
  error_of(ErrorKind::usage, [&] { transform->shape({12}); });
  error_of(ErrorKind::usage, [] { transforms::crop(4, -1); });
}

TEST_CASE("gaussian_noise has its spread and stays in [0, 1]") {
  const Values grey(10000, 0.5F);
  const auto noisy = apply(transforms::gaussian_noise(0.1F), grey, {100, 100, 1});
  double square = 0.0;
  for (const float x : noisy) square += (x - 0.5) * (x - 0.5);
  CHECK(mean(noisy) == doctest::Approx(0.5).epsilon(0.01));
  CHECK(std::sqrt(square / 10000) == doctest::Approx(0.1).epsilon(0.05));
  for (const float x : apply(transforms::gaussian_noise(5), grey, {10000}))
    CHECK((x >= 0.0F && x <= 1.0F));
  CHECK(apply(transforms::gaussian_noise(0), {0, 0.25F, 0.5F, 1}) == Values{0, 0.25F, 0.5F, 1});
  error_of(ErrorKind::usage, [] { transforms::gaussian_noise(-1); });
  error_of(ErrorKind::usage, [] { transforms::gaussian_noise(not_a_number); });
}

TEST_CASE("salt_and_pepper hits its share of pixels, half with each") {
  const Values grey(3 * 10000, 0.5F);
  const auto out = apply(transforms::salt_and_pepper(0.2F), grey, {100, 100, 3});
  int salt = 0;
  int pepper = 0;
  for (std::size_t i = 0; i < out.size(); i += 3) {
    CHECK((out[i] == out[i + 1] && out[i] == out[i + 2]));  // channels go together
    salt += out[i] == 1.0F;
    pepper += out[i] == 0.0F;
  }
  CHECK(salt == doctest::Approx(1000).epsilon(0.15));
  CHECK(pepper == doctest::Approx(1000).epsilon(0.15));
  CHECK(apply(transforms::salt_and_pepper(0), grey, {100, 100, 3}) == grey);
  error_of(ErrorKind::usage, [] { transforms::salt_and_pepper(1.1F); });
  error_of(ErrorKind::usage, [] { transforms::salt_and_pepper(not_a_number); });
}

TEST_CASE("mask_pixels hides its share of pixels, all channels together") {
  const Values grey(2 * 10000, 0.5F);
  const auto out = apply(transforms::mask_pixels(0.3F, 7), grey, {100, 100, 2});
  int hidden = 0;
  for (std::size_t i = 0; i < out.size(); i += 2) {
    CHECK(out[i] == out[i + 1]);
    CHECK((out[i] == 0.5F || out[i] == 7.0F));
    hidden += out[i] == 7.0F;
  }
  CHECK(hidden == doctest::Approx(3000).epsilon(0.1));
  CHECK(apply(transforms::mask_pixels(1), grey, {100, 100, 2}) == Values(20000, 0.0F));
  const auto table = apply(transforms::mask_pixels(0.5F, 7), grey, {20000});
  CHECK(table[0] + table[1] + table[2] + table[3] != 4 * table[0]);  // features go one by one
  error_of(ErrorKind::usage, [] { transforms::mask_pixels(-0.1F); });
}

TEST_CASE("mask_box hides one box, anywhere in the image") {
  const Values grey(5 * 4 * 2, 0.5F);
  std::vector<bool> reached(5 * 4);
  for (std::uint64_t stream = 0; stream < 200; ++stream) {
    const auto out = apply(transforms::mask_box(3, 2, 7), grey, {5, 4, 2}, stream);
    std::size_t first = out.size();
    int hidden = 0;
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out[i] == 7.0F) {
        first = std::min(first, i);
        ++hidden;
        reached[i / 2] = true;
      }
    REQUIRE(hidden == 3 * 2 * 2);
    for (std::size_t y = 0; y < 3; ++y)
      for (std::size_t x = 0; x < 4; ++x) CHECK(out[first + y * 8 + x] == 7.0F);
  }
  for (const bool pixel : reached) CHECK(pixel);
  CHECK(apply(transforms::mask_box(5, 4), grey, {5, 4, 2}) == Values(40, 0.0F));
  error_of(ErrorKind::usage, [] { transforms::mask_box(6, 1)->shape({5, 5, 1}); });
  error_of(ErrorKind::usage, [] { transforms::mask_box(1, 1)->shape({5}); });
  error_of(ErrorKind::usage, [] { transforms::mask_box(0, 1); });
}
