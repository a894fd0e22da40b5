#pragma once

#include "models/networks/networks.h"

namespace varve {

struct ResnetConfig {
  std::vector<std::int64_t> channels{32, 64, 128};  ///< of each level, half as large as the last
  std::int64_t blocks = 2;                          ///< residual blocks a level
  std::vector<std::int64_t> attention{};  ///< levels, from 1, whose blocks attend to all places
  std::int64_t groups = 8;                ///< of the norms; at most what divides the channels

  template <class V>
  void visit(V& v) {
    v("filters", channels, "of each level of a resnet");
    v("blocks", blocks, "residual blocks a level");
    v("attention", attention, "levels, from 1, whose blocks attend to all places");
    v("groups", groups, "of the resnet's norms");
  }
};

/// Residual blocks of group norm, SiLU and 3x3 convolution, attention at chosen levels, halved by
/// convolutions of stride 2: the shape of the encoder and decoder of Rombach et al. 2022
/// (arXiv:2112.10752, AutoencoderKL) at any size, with a linear layer between the last map and the
/// code. Takes images [H, W, C] with sides from 8, and sequences [T, C] of 8 steps or more, along
/// which it looks 3 steps wide. Its map of codes is the last level's.
class Resnet : public Networks {
 public:
  using Config = ResnetConfig;
  explicit Resnet(ResnetConfig config = {});

  std::unique_ptr<Module> encoder(const NetworkSpec& spec, std::int64_t outputs) const override;
  std::unique_ptr<Module> decoder(const NetworkSpec& spec, std::int64_t inputs) const override;
  bool looks_at_places() const override { return true; }
  Shape code_map(const Shape& example) const override;
  std::unique_ptr<Module> map_encoder(const NetworkSpec& spec,
                                      std::int64_t features) const override;
  std::unique_ptr<Module> map_decoder(const NetworkSpec& spec,
                                      std::int64_t features) const override;

 private:
  class Builder;
  ResnetConfig config_;
};

}  // namespace varve
