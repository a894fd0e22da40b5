#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/nn/linear.h"
#include "framework/nn/sequential.h"
#include "models/evaluation/codes.h"

namespace varve::evaluation {

/// A small convolutional network that Varve trains itself to tell the classes of a data set: the
/// eye through which generated images are judged. Convolutions of 3 x 3 and stride 2 with 16, 32,
/// 64, 64, ... channels until a side is 8 or less, a layer of 64 features, a layer of classes.
class Classifier : public Module {
 public:
  static constexpr std::int64_t feature_count = 64;

  /// image [H, W, C]. Weights from the default device's generator.
  Classifier(const Shape& image, int classes);

  /// What it sees in images [N, H, W, C], before it decides: [N, 64].
  Tensor features(const Tensor& images) { return body_(images); }
  /// Logits: [N, classes].
  Tensor forward(const Tensor& images) override { return head_(features(images)); }
  std::string describe() const override { return "Classifier"; }

 private:
  Sequential body_;
  Linear head_;
};

struct ClassifierOptions {
  std::int64_t epochs = 15;  ///< at most
  double enough = 0.1;       ///< cross entropy, the mean of an epoch, at which training ends
  std::int64_t batch_size = 64;
  double learning_rate = 1e-3;
  std::uint64_t seed = 0;  ///< of weights and data order: the same data give the same classifier
};

/// Trains a classifier on a labelled data set by Adam and cross entropy; the device's generator has
/// its seed back afterwards. Throws ErrorKind::usage if there are fewer than 2 classes.
std::unique_ptr<Classifier> train_classifier(const std::shared_ptr<const Dataset>& data,
                                             const ClassifierOptions& options = {});

/// Features of images f32 [N, H, W, C]: [N, 64].
Matrix classifier_features(Classifier& classifier, const Array& images);
/// The greatest probability of a class, for each image.
std::vector<double> classifier_sureness(Classifier& classifier, const Array& images);
/// The share of images that it classifies rightly.
double classifier_accuracy(Classifier& classifier, const Images& images);

/// Frechet distances between images in the feature space of such a classifier. They are no FID: the
/// features are this classifier's, so that figures compare models on one data set alone, and only
/// for equal numbers of images. All are against the test images.
struct ClassifierFrechet {
  double samples = 0;          ///< of decoded samples of the prior
  double reconstructions = 0;  ///< of the test images' reconstructions
  double floor = 0;            ///< of as many training images: what a perfect model would reach
  double accuracy = 0;         ///< of the classifier, on the test images
  std::int64_t images = 0;     ///< on each side
  bool fitted_prior = false;   ///< see LatentFigures
};

/// `test` and `train` are images with labels, neither binarised nor corrupted (decoded images are
/// means, which lie between the values); as many of either are taken as the smaller set has.
ClassifierFrechet classifier_frechet(Model& model, Classifier& classifier, const Images& test,
                                     const Images& train);

}  // namespace varve::evaluation
