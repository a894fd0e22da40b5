#pragma once

#include <array>

#include "models/autoencoder/autoencoder.h"

namespace varve {

enum class HoleShape : std::uint8_t { box, pixels, half };
inline std::span<const std::string_view> words_of(HoleShape) {
  static constexpr std::array<std::string_view, 3> words{"box", "pixels", "half"};
  return words;
}

struct InpaintingConfig {
  HoleShape mask = HoleShape::box;
  double size = 0.5;

  template <class V>
  void visit(V& v) {
    v("mask", mask, "what is cut out");
    v("mask-size", size, "share of either side (box) or of the pixels (pixels)", {0, 1});
  }
};

/// An autoencoder that learns to fill holes. Pathak et al. 2016, without their adversarial term;
/// the loss is over the whole image.
class InpaintingAutoencoder : public Autoencoder {
 public:
  using Config = InpaintingConfig;
  explicit InpaintingAutoencoder(InpaintingConfig config = {}, ModelParts parts = {});

  /// Images with holes of mid-grey: a box at a random place, random pixels, or a random half (left,
  /// right, upper, lower). Throws ErrorKind::usage for examples that are no images.
  Tensor corrupt(const Tensor& images) override;
  std::string describe() const override { return "InpaintingAutoencoder"; }

 private:
  Tensor hole(const Tensor& images) const;

  InpaintingConfig config_;
};

}  // namespace varve
