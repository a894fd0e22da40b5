#pragma once

#include "models/autoencoder/autoencoder.h"

namespace varve {

/// An autoencoder that learns to take noise away. Vincent et al. 2008, 2010.
class DenoisingAutoencoder : public Autoencoder {
 public:
  inline static const ChoiceOption noise{
      "noise", "what the images are spoilt with", {"gaussian", "salt-and-pepper", "mask"}};
  inline static const NumberOption level{
      "noise-level", "its deviation (gaussian) or the share of pixels that it hits", 0.25, {0, 1}};

  explicit DenoisingAutoencoder(const ModelOptions& options);

  /// "gaussian": x + level eps. "salt-and-pepper": of the share `level` of all pixels one half is
  /// black and the other white. "mask": that share is black. A pixel is hit in all its channels.
  Tensor corrupt(const Tensor& images) override;
  std::string describe() const override { return "DenoisingAutoencoder"; }

 private:
  std::string noise_;
  double level_;
};

}  // namespace varve
