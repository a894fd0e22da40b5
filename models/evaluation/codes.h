#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/data/loader.h"
#include "framework/statistics/matrix.h"
#include "models/model.h"

// What a model makes of many examples, brought to host memory batch by batch. Everything here runs
// without gradients and in evaluation mode, and its noise is a function of the device's seed, the
// purpose and the batch: a figure does not depend on which others were asked for before it.
namespace varve::evaluation {

/// Where a module's tensors are; the default device for a module without any.
Device device_of(const Module& module);

/// Whose noise it is.
enum class Purpose : std::uint8_t { codes, bound, prior, images, corruption };

/// Moves the device's generator to the noise of one batch of a purpose.
void set_noise(const Device& device, Purpose purpose, std::int64_t batch);

/// While it lives, a module is in evaluation mode and no graph is built.
class Looking {
 public:
  explicit Looking(Module& module) : module_(module), training_(module.is_training()) {
    module_.eval();
  }
  ~Looking() { module_.train(training_); }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;

 private:
  Module& module_;
  bool training_;
  NoGrad no_grad_;
};

/// The codes of examples.
struct Codes {
  Matrix mean;              ///< [N, latent]: Model::encode
  Matrix draw;              ///< [N, latent]: one z ~ q(z | x) an example; mean for point codes
  Matrix variance;          ///< [N, latent]: of q(z | x); no rows where codes are points
  std::vector<int> labels;  ///< one an example; empty if the data have none
};

/// The codes of the loader's first `limit` examples (0: of all), in its order.
Codes collect_codes(Model& model, Loader& examples, std::int64_t limit = 0);

/// Codes, and images of them, a batch at a time.
class HostModel {
 public:
  /// `model` must outlive this.
  explicit HostModel(Model& model) : model_(model), device_(device_of(model)), looking_(model) {}

  /// encode() of images f32 [N, H, W, C]: [N, latent].
  Matrix encode(const Array& images, std::span<const int> labels);
  /// decode() of codes [N, latent]: f32 [N, H, W, C].
  Array decode(const Matrix& codes, std::span<const int> labels);
  /// encode(decode(codes)), without keeping the images.
  Matrix round_trip(const Matrix& codes, std::span<const int> labels);

  /// `count` codes from the prior. A model without one is given the Gaussian, with independent
  /// dimensions, of the mean and variance of `codes`: what its user would have to guess.
  Matrix prior_codes(std::size_t count, const Matrix& codes);

 private:
  Tensor labels_of(std::span<const int> labels, std::size_t first, std::size_t last) const;

  Model& model_;
  Device device_;
  Looking looking_;
};

/// The first `limit` examples of a loader: f32 [N, H, W, C], and their labels (-1: none).
struct Images {
  Array pixels;
  std::vector<int> labels;
};
Images read_images(Loader& examples, std::int64_t limit);

/// Rows [first, last) of an f32 array.
Tensor rows_of(const Array& array, std::size_t first, std::size_t last, const Device& device);
/// Appends the rows of a tensor [n, columns].
void append(Matrix& to, const Tensor& rows);

/// Images at once in passes over host data: 256, and fewer of those that are larger than 64 x 64,
/// so that looking at them takes no more memory than training did.
std::size_t images_at_once(const Shape& image);

}  // namespace varve::evaluation
