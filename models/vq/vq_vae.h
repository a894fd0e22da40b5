#pragma once

#include <memory>

#include "models/registry.h"
#include "models/vq/quantizer.h"

namespace varve {

/// The autoencoder whose codes are vectors of a codebook:
///
///     loss = -log p(x | e) + commitment sum |z - stop(e)|^2,   e the codes nearest to z =
///     encode(x)
///
/// The gradient at e goes to z unchanged; the codebook follows z by moving averages (see
/// VectorQuantizer). The commitment is summed over positions and features, mean over the batch. van
/// den Oord, Vinyals and Kavukcuoglu 2017 (arXiv:1711.00937), equation 3.
///
/// A "conv" network has a code for each 4x4 pixels, an "mlp" --positions codes an image; encode()
/// gives the codes of an image one behind the other. New images are drawn with every position for
/// itself, by how often each code was used in training (the paper trains an autoregressive prior
/// afterwards).
class VqVae : public Model {
 public:
  inline static const CountOption codebook{
      "codebook", "K, vectors in the codebook", 512, {2, 0x1p31}};
  inline static const CountOption positions{
      "positions", "codes an image, for the mlp; a conv has one for each 4x4 pixels", 16};
  inline static const NumberOption commitment_weight{
      "commitment", "weight of the distance from output to code", 0.25, {0}};
  inline static const NumberOption decay{
      "decay", "of the codebook's moving averages", 0.99, {0, 0.999999}};
  inline static const NumberOption restart{
      "restart",
      "a code used less than this share of the average restarts; 0: never",
      0.03,
      {0, 0.999999}};
  static constexpr std::int64_t default_features = 64;

  explicit VqVae(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  Tensor encode(const Tensor& images, const Tensor& labels) override;
  Tensor decode(const Tensor& codes, const Tensor& labels) override;
  PriorKind prior() const override { return PriorKind::learned; }
  Tensor sample_prior(std::int64_t count) override;

  /// Numbers of the codes: i32 [N, positions].
  Tensor code_numbers(const Tensor& images);
  const VectorQuantizer& quantizer() const { return quantizer_; }

  /// positions x features.
  std::int64_t latent_size() const override { return positions_ * features_; }
  Shape image_shape() const override { return image_; }
  const Likelihood& likelihood() const override { return *likelihood_; }
  std::string describe() const override { return "VqVae"; }

 private:
  /// encode() before it is quantised: [N positions, features].
  Tensor vectors(const Tensor& images);
  /// The decoder's raw output for codes of any shape.
  Tensor decoded(const Tensor& codes);

  Shape image_;
  Shape map_;  ///< of the decoder's input, without N
  std::int64_t positions_, features_;
  double commitment_;
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
  VectorQuantizer quantizer_;
};

}  // namespace varve
