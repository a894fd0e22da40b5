#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framework/core/philox.h"
#include "framework/core/shape.h"

namespace varve {

/// A map from one example to another. `rng` is the stream of this example in this epoch: a function
/// of (seed, epoch, index) alone, so that neither threads nor a resume change a draw.
class Transform {
 public:
  virtual ~Transform() = default;
  /// The shape of the result.
  virtual Shape shape(const Shape& input) const { return input; }
  virtual void apply(std::span<const float> in, const Shape& shape, std::span<float> out,
                     PhiloxStream& rng) const = 0;
};

using Transforms = std::vector<std::shared_ptr<const Transform>>;

namespace transforms {

/// x * factor + offset.
std::shared_ptr<const Transform> scale(float factor, float offset = 0.0F);
/// 1 where x > threshold, else 0: the same picture in every epoch.
std::shared_ptr<const Transform> binarize(float threshold = 0.5F);
/// A Bernoulli draw with probability x per pixel, fresh in every epoch ("dynamic binarisation").
/// ErrorKind::input for a value outside [0, 1].
std::shared_ptr<const Transform> binarize_dynamic();
/// A Bernoulli draw with probability x per pixel, the same in every epoch ("static binarisation"):
/// a function of `seed` and what the example holds. ErrorKind::input for a value outside [0, 1].
std::shared_ptr<const Transform> binarize_static(std::uint64_t seed = 0);
/// Pads an image to height x width with `value`, centred. ErrorKind::usage if it is larger already.
std::shared_ptr<const Transform> pad(std::int64_t height, std::int64_t width, float value = 0.0F);
/// The centred height x width window. ErrorKind::usage if the image is smaller.
std::shared_ptr<const Transform> crop(std::int64_t height, std::int64_t width);
/// Adds N(0, sigma^2) noise and clamps to [0, 1].
std::shared_ptr<const Transform> gaussian_noise(float sigma);
/// Sets each pixel with probability `fraction` to 0 or 1, with equal odds (salt and pepper); all
/// channels of a pixel go together.
std::shared_ptr<const Transform> salt_and_pepper(float fraction);
/// Sets each pixel with probability `fraction` to `value`; all channels of a pixel go together.
std::shared_ptr<const Transform> mask_pixels(float fraction, float value = 0.0F);
/// Sets one random box of height x width to `value`.
std::shared_ptr<const Transform> mask_box(std::int64_t height, std::int64_t width,
                                          float value = 0.0F);

}  // namespace transforms
}  // namespace varve
