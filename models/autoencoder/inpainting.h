#pragma once

#include "models/autoencoder/autoencoder.h"

namespace varve {

/// An autoencoder that learns to fill holes. Pathak et al. 2016, without their adversarial term;
/// the loss is over the whole image.
class InpaintingAutoencoder : public Autoencoder {
 public:
  inline static const ChoiceOption mask{"mask", "what is cut out", {"box", "pixels", "half"}};
  inline static const NumberOption size{
      "mask-size", "share of either side (box) or of the pixels (pixels)", 0.5, {0, 1}};

  explicit InpaintingAutoencoder(const ModelOptions& options);

  /// Images with holes of mid-grey: a box at a random place, random pixels, or a random half (left,
  /// right, upper, lower).
  Tensor corrupt(const Tensor& images) override;
  std::string describe() const override { return "InpaintingAutoencoder"; }

 private:
  Tensor hole(const Tensor& images) const;

  std::string mask_;
  double size_;
};

}  // namespace varve
