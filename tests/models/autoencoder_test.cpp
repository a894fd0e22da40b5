#include <cmath>

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

std::unique_ptr<Model> made(const std::string& name,
                            std::map<std::string, OptionValue, std::less<>> own,
                            Shape image = {8, 8, 1}) {
  auto options = small(image);
  options.own = std::move(own);
  return make_model(name, options);
}

/// The share of values for which the condition holds.
template <class F>
double share(const Tensor& x, F condition) {
  const auto values = x.to_vector<float>();
  std::size_t count = 0;
  for (const auto value : values) count += condition(value) ? 1 : 0;
  return static_cast<double>(count) / static_cast<double>(values.size());
}

constexpr double plain = 0.3;  ///< a value that no corruption writes

Tensor flat_images(std::int64_t count, Shape image) {
  return Tensor::full({count, image[0], image[1], image[2]}, plain);
}

}  // namespace

TEST_CASE("Gaussian noise has the deviation that was asked for, in every channel by itself") {
  const auto model = made("denoising-autoencoder",
                          {{"noise", std::string("gaussian")}, {"noise-level", 0.2}}, {16, 16, 2});
  const Tensor x = flat_images(40, {16, 16, 2});
  const Tensor noise = model->corrupt(x) - x;
  CHECK(mean(noise).item() == doctest::Approx(0).epsilon(0.01).scale(1));
  CHECK(std::sqrt(variance(noise).item()) == doctest::Approx(0.2).epsilon(0.03));
  CHECK(std::abs(mean(noise.select(3, 0) * noise.select(3, 1)).item()) < 0.002);
}

TEST_CASE("salt and pepper, and masks, hit the share of pixels that was asked for") {
  const Tensor x = flat_images(40, {16, 16, 2});
  const auto seasoned =
      made("denoising-autoencoder",
           {{"noise", std::string("salt-and-pepper")}, {"noise-level", 0.4}}, {16, 16, 2})
          ->corrupt(x);
  CHECK(share(seasoned, [](float v) { return v == 0; }) == doctest::Approx(0.2).epsilon(0.05));
  CHECK(share(seasoned, [](float v) { return v == 1; }) == doctest::Approx(0.2).epsilon(0.05));
  CHECK(share(seasoned, [](float v) { return v == static_cast<float>(plain); }) ==
        doctest::Approx(0.6).epsilon(0.03));
  CHECK(seasoned.select(3, 0).to_vector<float>() == seasoned.select(3, 1).to_vector<float>());

  const auto masked = made("denoising-autoencoder",
                           {{"noise", std::string("mask")}, {"noise-level", 0.25}}, {16, 16, 2})
                          ->corrupt(x);
  CHECK(share(masked, [](float v) { return v == 0; }) == doctest::Approx(0.25).epsilon(0.05));
  CHECK(share(masked, [](float v) { return v == static_cast<float>(plain); }) ==
        doctest::Approx(0.75).epsilon(0.03));
}

TEST_CASE("holes are boxes anywhere, single pixels, or halves") {
  const Shape image{9, 12, 1};
  const Tensor x = flat_images(60, image);
  const auto holes = [&](const char* mask, double size) {
    return made("inpainting-autoencoder", {{"mask", std::string(mask)}, {"mask-size", size}}, image)
        ->corrupt(x);
  };
  const auto is_hole = [](float v) { return v == 0.5F; };
  CHECK(share(holes("pixels", 0.3), is_hole) == doctest::Approx(0.3).epsilon(0.05));
  CHECK(share(holes("box", 0), is_hole) == 0);
  CHECK(share(holes("box", 1), is_hole) == 1);

  // A third of 9 x 12 is 3 x 4, all in one piece, and no edge is out of reach.
  const Tensor box = holes("box", 1.0 / 3);
  std::size_t first_row = 9, last_row = 0, first_column = 12, last_column = 0;
  for (std::int64_t i = 0; i < 60; ++i) {
    const auto values = box[i].to_vector<float>();
    std::size_t count = 0, top = 9, bottom = 0, left = 12, right = 0;
    for (std::size_t p = 0; p < values.size(); ++p) {
      if (!is_hole(values[p])) continue;
      ++count;
      top = std::min(top, p / 12);
      bottom = std::max(bottom, p / 12);
      left = std::min(left, p % 12);
      right = std::max(right, p % 12);
    }
    CHECK(count == 12);
    CHECK(bottom - top == 2);
    CHECK(right - left == 3);
    first_row = std::min(first_row, top);
    last_row = std::max(last_row, bottom);
    first_column = std::min(first_column, left);
    last_column = std::max(last_column, right);
  }
  CHECK(first_row == 0);
  CHECK(last_row == 8);
  CHECK(first_column == 0);
  CHECK(last_column == 11);

  // Halves: of 9 rows the middle one is in none; left, right, upper and lower all come up.
  const Tensor half = holes("half", 0.5);
  int sides[4] = {0, 0, 0, 0};
  for (std::int64_t i = 0; i < 60; ++i) {
    const auto values = half[i].to_vector<float>();
    const bool corners[4] = {is_hole(values[0]), is_hole(values[11]), is_hole(values[96]),
                             is_hole(values[107])};
    const double part = share(half[i], is_hole);
    const bool upright = corners[0] == corners[1];
    CHECK(part == doctest::Approx(upright ? 4.0 / 9 : 0.5));
    CHECK(corners[0] + corners[1] + corners[2] + corners[3] == 2);
    ++sides[upright ? (corners[0] ? 0 : 1) : (corners[0] ? 2 : 3)];
  }
  for (const int count : sides) CHECK(count > 4);
}

TEST_CASE("what was spoilt goes in, and the clean image is the target") {
  for (const std::string name : {"denoising-autoencoder", "inpainting-autoencoder"}) {
    CAPTURE(name);
    const auto model = make_model(name, small());
    const auto x = pictures(4);
    const auto at_step = [](std::uint64_t step) { default_device().generator().set_step(step); };
    at_step(1);
    const double loss = model->loss(x, x)[0].value.item();
    at_step(1);
    const Tensor spoilt = model->corrupt(x);
    CHECK(spoilt.to_vector<float>() != x.to_vector<float>());
    // The mean image and the cross entropy with the clean one, by hand.
    const Tensor p = model->decode(model->encode(spoilt));
    const Tensor by_hand = -sum(x * log(p) + (1 - x) * log(1 - p)) / 4.0;
    CHECK(loss == doctest::Approx(by_hand.item()).epsilon(1e-5));
    at_step(2);
    CHECK(model->loss(x, x)[0].value.item() != loss);
  }
}

TEST_CASE("a plain autoencoder has no prior") {
  const auto model = make_model("autoencoder", small());
  CHECK_THROWS_WITH_AS(model->sample_prior(5), doctest::Contains("no prior"), Error);
  const auto x = pictures(2);
  CHECK(model->corrupt(x).to_vector<float>() == x.to_vector<float>());
}
