#include "models/autoencoder/denoising.h"

#include <utility>

#include "framework/tensor/functional.h"

namespace varve {

DenoisingAutoencoder::DenoisingAutoencoder(DenoisingConfig config, ModelParts parts)
    : Autoencoder(std::move(parts)), config_(checked(config)) {}

Tensor DenoisingAutoencoder::corrupt(const Tensor& images) {
  const DType dtype = images.dtype();
  const Device& device = images.device();
  const double level = config_.level;
  if (config_.noise == Noise::gaussian)
    return images + level * randn(images.shape(), dtype, device);

  const Tensor black = Tensor::zeros({}, dtype, device);
  const auto scalar = [&](double value) { return Tensor::full({}, value, dtype, device); };
  Shape pixels = images.shape();
  if (images.rank() == 4) pixels[3] = 1;
  const Tensor u = rand(pixels, dtype, device);
  if (config_.noise == Noise::mask) return where(less(u, scalar(level)), black, images);
  const Tensor peppered = where(less(u, scalar(level / 2)), black, images);
  return where(less(u, scalar(1 - level / 2)), peppered, Tensor::ones({}, dtype, device));
}

}  // namespace varve
