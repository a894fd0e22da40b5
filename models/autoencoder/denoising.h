#pragma once

#include <array>

#include "models/autoencoder/autoencoder.h"

namespace varve {

enum class Noise : std::uint8_t { gaussian, salt_and_pepper, mask };
inline std::span<const std::string_view> words_of(Noise) {
  static constexpr std::array<std::string_view, 3> words{"gaussian", "salt-and-pepper", "mask"};
  return words;
}

struct DenoisingConfig {
  Noise noise = Noise::gaussian;
  double level = 0.25;

  template <class V>
  void visit(V& v) {
    v("noise", noise, "what the images are spoilt with");
    v("noise-level", level, "its deviation (gaussian) or the share of pixels that it hits", {0, 1});
  }
};

/// An autoencoder that learns to take noise away. Vincent et al. 2008, 2010.
class DenoisingAutoencoder : public Autoencoder {
 public:
  using Config = DenoisingConfig;
  explicit DenoisingAutoencoder(DenoisingConfig config = {}, ModelParts parts = {});

  /// "gaussian": x + level eps. "salt-and-pepper": of the share `level` of all pixels one half is
  /// black and the other white. "mask": that share is black. A pixel of an image is hit in all its
  /// channels; in examples of another shape each value is hit by itself.
  Tensor corrupt(const Tensor& images) override;
  std::string describe() const override { return "DenoisingAutoencoder"; }

 private:
  DenoisingConfig config_;
};

}  // namespace varve
