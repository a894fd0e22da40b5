#include "models/evaluation/restoration.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "tests/models/evaluation/toy.h"

using namespace varve;
using namespace varve::evaluation;
using varve::test::in_order;
using varve::test::normal_images;
using varve::test::Toy;

namespace {

/// Adds a half to every pixel. Of 4 pixels a Toy gives 2 back and loses the rest.
class Brightener : public Toy {
 public:
  Brightener() : Toy(2, 4) {}
  Tensor corrupt(const Tensor& images) override { return images + 0.5; }
};

/// The mean square of the pixels that a Toy of 2 codes loses.
double lost(const Dataset& data, std::int64_t images) {
  double total = 0;
  std::vector<float> pixels(4);
  for (std::int64_t i = 0; i < images; ++i) {
    data.read(i, pixels);
    total += pixels[2] * pixels[2] + pixels[3] * pixels[3];
  }
  return total / static_cast<double>(4 * images);
}

}  // namespace

TEST_CASE("errors of spoilt, restored and clean images, by hand") {
  const auto data = normal_images(50, 4, 3);
  auto images = in_order(data, 16);
  Brightener model;
  const Restoration all = restoration(model, model, images);
  CHECK(all.images == 50);
  CHECK(all.spoilt == doctest::Approx(0.25));
  CHECK(all.restored == doctest::Approx(0.125 + lost(*data, 50)));
  CHECK(all.clean == doctest::Approx(lost(*data, 50)));

  auto first = in_order(take(data, 20), 16);
  const Restoration some = restoration(model, model, first);
  CHECK(some.images == 20);
  CHECK(some.clean == doctest::Approx(lost(*data, 20)));
}

TEST_CASE("a model that sees clean images is asked about another's, and said so if there is none") {
  const auto data = normal_images(10, 4, 3);
  auto images = in_order(data);
  Toy plain(4, 4);
  Brightener spoiler;
  CHECK(restoration(plain, spoiler, images).restored == doctest::Approx(0.25));
  CHECK_THROWS_WITH_AS(restoration(plain, plain, images), doctest::Contains("--spoilt-by"), Error);
}
