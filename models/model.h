#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/losses/likelihood.h"
#include "framework/losses/terms.h"
#include "framework/nn/module.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// A scalar of the objective that a schedule may move during training ("beta"): it lies on the
/// device and is written with upload() between steps.
struct TunableScalar {
  std::string name;
  Tensor value;  ///< f32, no axes
};

/// What every model of the zoo does. Images are [N, H, W, C], codes [N, latent].
class Model : public Module {
 public:
  /// The objective on a batch: `input` goes in, `target` should come out (the same tensor, save for
  /// denoising and inpainting). Terms: "loss" first, then "reconstruction", "kl", ...
  virtual Terms loss(const Tensor& input, const Tensor& target) = 0;

  /// The code of each image: its mean, where codes are distributions.
  virtual Tensor encode(const Tensor& images) = 0;
  /// The mean image of each code.
  virtual Tensor decode(const Tensor& codes) = 0;
  /// decode(encode(images)).
  Tensor reconstruct(const Tensor& images) { return decode(encode(images)); }
  /// Codes from the prior, by the device's generator. A model without a prior (the plain
  /// autoencoder) throws ErrorKind::usage saying so.
  virtual Tensor sample_prior(std::int64_t count) = 0;

  virtual std::int64_t latent_size() const = 0;
  virtual Shape image_shape() const = 0;  ///< [H, W, C]
  virtual const Likelihood& likelihood() const = 0;
  virtual std::vector<TunableScalar> tunable() { return {}; }
  /// Nats that each latent dimension spends, averaged over the images: [latent]. Undefined for a
  /// model whose codes are no distributions.
  virtual Tensor kl_per_dimension(const Tensor& /*images*/) { return {}; }

  /// A model's forward() is reconstruct().
  Tensor forward(const Tensor& images) override { return reconstruct(images); }
};

}  // namespace varve
