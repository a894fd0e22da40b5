#include "models/evaluation/classifier.h"

#include <algorithm>
#include <utility>

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "framework/nn/conv2d.h"
#include "framework/nn/reshape.h"
#include "framework/optim/adam.h"
#include "framework/statistics/frechet.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "framework/train/batch_program.h"

namespace varve::evaluation {
namespace {

constexpr std::int64_t small_side = 8;
constexpr std::int64_t first_channels = 16, most_channels = 64;

/// Sets the seed of a device's generator, and puts the old one back.
class Seeded {
 public:
  Seeded(const Device& device, std::uint64_t seed)
      : generator_(device.generator()), before_(generator_.seed()) {
    generator_.seed(seed);
  }
  ~Seeded() { generator_.seed(before_); }
  Seeded(const Seeded&) = delete;
  Seeded& operator=(const Seeded&) = delete;

 private:
  Generator generator_;
  std::uint64_t before_;
};

template <class F>
void by_batches(const Array& images, const Device& device, F function) {
  const auto count = static_cast<std::size_t>(images.shape[0]);
  const std::size_t step = images_at_once({images.shape[1], images.shape[2], images.shape[3]});
  for (std::size_t first = 0; first < count; first += step)
    function(rows_of(images, first, std::min(first + step, count), device));
}

void cut(Images& images, std::int64_t count) {
  const auto each = images.pixels.bytes.size() / images.labels.size();
  images.labels.resize(static_cast<std::size_t>(count));
  images.pixels.bytes.resize(static_cast<std::size_t>(count) * each);
  images.pixels.shape[0] = count;
}

}  // namespace

Classifier::Classifier(const Shape& image, int classes)
    : head_({.in = feature_count, .out = classes}) {
  auto height = image[0], width = image[1], in = image[2];
  std::int64_t out = first_channels;
  do {
    body_.add<Conv2d>({.in = in,
                       .out = out,
                       .kernel = 3,
                       .stride = 2,
                       .padding = 1,
                       .activation = Activation::relu});
    height = (height + 1) / 2;
    width = (width + 1) / 2;
    in = out;
    out = std::min(2 * out, most_channels);
  } while (std::max(height, width) > small_side);
  body_.add<Flatten>({});
  body_.add<Linear>(
      {.in = height * width * in, .out = feature_count, .activation = Activation::relu});
  child("body", body_);
  child("head", head_);
}

std::unique_ptr<Classifier> train_classifier(const std::shared_ptr<const Dataset>& data,
                                             const ClassifierOptions& options) {
  if (data->num_classes() < 2)
    fail(ErrorKind::usage,
         "[classifier] needs images with labels of 2 classes or more, and these have {}: take data "
         "with labels (digits, mnist, fashion-mnist, a folder with a sub-folder a class)",
         data->num_classes());
  const Device device = default_device();
  const Seeded seeded(device, options.seed);
  const EnableGrad grad;
  auto classifier = std::make_unique<Classifier>(data->shape(), data->num_classes());
  Adam optimizer(classifier->parameters(), {.learning_rate = options.learning_rate});
  Loader loader(data, {.batch_size = std::min(options.batch_size, data->size()),
                       .drop_last = true,
                       .seed = options.seed});
  BatchProgram step(
      [&](const Tensor& input, const Tensor&, const Tensor& labels) -> Terms {
        optimizer.zero_grad();
        const Tensor loss = batch_mean(cross_entropy((*classifier)(input), labels));
        backward(loss);
        optimizer.step();
        return {{"loss", loss}};
      },
      device, true);
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    MeanMetrics mean;
    loader.start(epoch);
    while (const Batch* batch = loader.next()) mean.add(step(*batch), batch->size());
    if (mean.means()[0].value < options.enough) break;
  }
  classifier->eval();
  return classifier;
}

Matrix classifier_features(Classifier& classifier, const Array& images) {
  const Looking looking(classifier);
  Matrix out;
  by_batches(images, device_of(classifier),
             [&](const Tensor& batch) { append(out, classifier.features(batch)); });
  return out;
}

std::vector<double> classifier_sureness(Classifier& classifier, const Array& images) {
  const Looking looking(classifier);
  std::vector<double> out;
  by_batches(images, device_of(classifier), [&](const Tensor& batch) {
    const auto sure = max(softmax(classifier(batch)), {1}).to_vector<float>();
    out.insert(out.end(), sure.begin(), sure.end());
  });
  return out;
}

double classifier_accuracy(Classifier& classifier, const Images& images) {
  const Looking looking(classifier);
  std::size_t at = 0;
  std::size_t right = 0;
  by_batches(images.pixels, device_of(classifier), [&](const Tensor& batch) {
    for (const auto label : argmax(classifier(batch)).to_vector<std::int64_t>())
      if (label == images.labels[at++]) ++right;
  });
  return static_cast<double>(right) / static_cast<double>(at);
}

ClassifierFrechet classifier_frechet(Model& model, Classifier& classifier, const Images& test,
                                     const Images& train) {
  ClassifierFrechet out;
  out.images = std::min(test.pixels.shape[0], train.pixels.shape[0]);
  Images real = test, other = train;
  cut(real, out.images);
  cut(other, out.images);
  const bool labelled = model.classes() > 0;
  const std::vector<int> labels = labelled ? real.labels : std::vector<int>{};
  HostModel host(model);
  const Matrix codes = host.encode(real.pixels, labels);
  const auto count = static_cast<std::size_t>(out.images);
  const Matrix seen = classifier_features(classifier, real.pixels);
  const auto distance = [&](const Array& images) {
    return frechet_distance(seen, classifier_features(classifier, images));
  };
  out.samples = distance(host.decode(host.prior_codes(count, codes), labels));
  out.reconstructions = distance(host.decode(codes, labels));
  out.floor = distance(other.pixels);
  out.accuracy = classifier_accuracy(classifier, real);
  out.fitted_prior = model.prior() == PriorKind::none;
  return out;
}

}  // namespace varve::evaluation
