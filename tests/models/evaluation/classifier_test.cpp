#include "models/evaluation/classifier.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "framework/data/synthetic.h"
#include "framework/tensor/random.h"
#include "tests/models/evaluation/toy.h"

using namespace varve;
using namespace varve::evaluation;

namespace {

/// An identity on images, or one with a shift: its codes are all the pixels.
class Copy : public varve::test::Toy {
 public:
  explicit Copy(float shift) : Toy(784, 784), shift_(shift) {}
  Tensor decode(const Tensor& codes, const Tensor&) override {
    return codes.reshape({codes.size(0), 28, 28, 1}) + shift_;
  }

 private:
  float shift_;
};

Images first(const std::shared_ptr<const Dataset>& data, std::int64_t count) {
  auto loader = varve::test::in_order(data);
  return read_images(loader, count);
}

}  // namespace

TEST_CASE("the classifier learns digits, gives the generator back and is the same every time") {
  manual_seed(77);
  const auto train = take(digits(Split::train), 3000);
  const auto classifier = train_classifier(train, {.epochs = 6});
  CHECK(default_device().generator().seed() == 77);
  const Images test = first(digits(Split::test), 300);
  CHECK(classifier_accuracy(*classifier, test) > 0.9);
  const auto sure = classifier_sureness(*classifier, test.pixels);
  CHECK(sure.size() == 300);
  for (const double p : sure) {
    CHECK(p >= 0.1);
    CHECK(p <= 1 + 1e-6);
  }

  manual_seed(3);
  const auto again = train_classifier(train, {.epochs = 6});
  CHECK(classifier_features(*again, test.pixels).values ==
        classifier_features(*classifier, test.pixels).values);

  SUBCASE("a perfect copy is at distance 0, a model that spoils its images is not") {
    const Images other = first(train, 400);
    Copy perfect(0), spoilt(0.5F);
    const auto good = classifier_frechet(perfect, *classifier, test, other);
    CHECK(good.images == 300);
    CHECK(good.accuracy > 0.9);
    CHECK(good.reconstructions == doctest::Approx(0).epsilon(1e-6));
    CHECK(good.floor > 0);
    CHECK(good.fitted_prior);
    CHECK(good.samples > good.floor);  // pixels drawn one by one are no digits
    const auto bad = classifier_frechet(spoilt, *classifier, test, other);
    CHECK(bad.reconstructions > good.floor);
  }
}

TEST_CASE("images of any size, and data without classes") {
  for (const auto& image : {Shape{8, 8, 1}, Shape{33, 20, 3}, Shape{64, 64, 1}}) {
    Classifier classifier(image, 4);
    const auto x = Tensor::zeros({2, image[0], image[1], image[2]});
    CHECK(classifier.features(x).shape() == Shape{2, 64});
    CHECK(classifier(x).shape() == Shape{2, 4});
  }
  CHECK_THROWS_WITH_AS(train_classifier(varve::test::normal_images(10, 8, 1)),
                       doctest::Contains("labels"), Error);
}
