#include "models/autoencoder/denoising.h"

#include "framework/tensor/functional.h"

namespace varve {

DenoisingAutoencoder::DenoisingAutoencoder(const ModelOptions& options)
    : Autoencoder(options), noise_(options[noise]), level_(options[level]) {}

Tensor DenoisingAutoencoder::corrupt(const Tensor& images) {
  const DType dtype = images.dtype();
  const Device& device = images.device();
  if (noise_ == "gaussian") return images + level_ * randn(images.shape(), dtype, device);

  const Tensor black = Tensor::zeros({}, dtype, device);
  const auto scalar = [&](double value) { return Tensor::full({}, value, dtype, device); };
  Shape pixels = images.shape();
  pixels[3] = 1;
  const Tensor u = rand(pixels, dtype, device);
  if (noise_ == "mask") return where(less(u, scalar(level_)), black, images);
  const Tensor peppered = where(less(u, scalar(level_ / 2)), black, images);
  return where(less(u, scalar(1 - level_ / 2)), peppered, Tensor::ones({}, dtype, device));
}

}  // namespace varve
