#include "models/autoencoder/inpainting.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double grey = 0.5;

/// 0, 1, ... along `axis` of [N, H, W, 1], broadcasting over the others.
Tensor positions(const Tensor& images, std::size_t axis) {
  Shape shape{1, 1, 1, 1};
  shape[axis] = images.shape()[axis];
  return Tensor::arange(shape[axis], 0, 1, images.dtype(), images.device()).reshape(shape);
}

/// One uniform number an image: [N, 1, 1, 1].
Tensor draw(const Tensor& images) {
  return rand({images.size(0), 1, 1, 1}, images.dtype(), images.device());
}

Tensor scalar(double value, const Tensor& like) {
  return Tensor::full({}, value, like.dtype(), like.device());
}

/// Negative on a stretch of `share` of the axis that begins anywhere, positive outside.
Tensor outside_stretch(const Tensor& images, std::size_t axis, double share) {
  const auto side = images.shape()[axis];
  const auto length =
      std::clamp<std::int64_t>(std::llround(share * static_cast<double>(side)), 0, side);
  const Tensor start =  // a whole number from 0 to side - length
      cast(cast(draw(images) * static_cast<double>(side - length + 1), DType::i32), images.dtype());
  const Tensor centre = start + 0.5 * static_cast<double>(length - 1);
  return abs(positions(images, axis) - centre) - 0.5 * static_cast<double>(length);
}

/// True on one half of the axis: the first or the last by a coin.
Tensor place_from_an_end(const Tensor& images, std::size_t axis) {
  const auto side = static_cast<double>(images.shape()[axis]);
  const Tensor place = (positions(images, axis) + 0.5) / side;
  return where(less(draw(images), scalar(0.5, images)), place, 1 - place);
}

}  // namespace

InpaintingAutoencoder::InpaintingAutoencoder(InpaintingConfig config, ModelParts parts)
    : Autoencoder(std::move(parts)), config_(checked(config)) {}

/// Where the holes are: bool [N, H, W, 1].
Tensor InpaintingAutoencoder::hole(const Tensor& images) const {
  const Tensor half = scalar(0.5, images);
  if (config_.mask == HoleShape::pixels) {
    Shape pixels = images.shape();
    pixels[3] = 1;
    return less(rand(pixels, images.dtype(), images.device()), scalar(config_.size, images));
  }
  if (config_.mask == HoleShape::box)
    return less(
        maximum(outside_stretch(images, 1, config_.size), outside_stretch(images, 2, config_.size)),
        scalar(0, images));
  const Tensor upright = less(draw(images), half);
  return less(where(upright, place_from_an_end(images, 1), place_from_an_end(images, 2)), half);
}

Tensor InpaintingAutoencoder::corrupt(const Tensor& images) {
  if (images.rank() != 4)
    fail(ErrorKind::usage,
         "[inpainting-autoencoder] holes are of images, [N, H, W, C], and the examples are {}: the "
         "denoising-autoencoder with --noise mask takes any",
         images.shape().str());
  return where(hole(images), scalar(grey, images), images);
}

}  // namespace varve
