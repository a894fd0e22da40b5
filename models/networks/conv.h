#pragma once

#include <array>

#include "models/networks/networks.h"

namespace varve {

enum class ConvNorm : std::uint8_t { none, batch };
inline std::span<const std::string_view> words_of(ConvNorm) {
  static constexpr std::array<std::string_view, 2> words{"none", "batch"};
  return words;
}

struct ConvConfig {
  /// Of each halving; the last goes for all that follow.
  std::vector<std::int64_t> channels{32};
  std::vector<std::int64_t> units{256, 256};  ///< of the layers between the last map and the code
  std::int64_t smallest = 4;                  ///< halving stops when a side has come down to this
  ConvNorm norm = ConvNorm::none;

  template <class V>
  void visit(V& v) {
    v("filters", channels, "of each convolution, the last for all that follow");
    v("units", units, "of the layers between the last map and the code");
    v("smallest", smallest, "halve the map until a side is this small", {1, 1024});
    v("norm", norm, "of each convolution, before the activation");
  }
};

/// 4x4 convolutions of stride 2 while a side is above `smallest`, then Linear layers; the decoder
/// mirrors. At 64x64 and 32x32 the network of Burgess et al. 2018. Takes images of sides from 8.
/// Its map of codes is that of van den Oord et al. 2017; see residual.h.
class Conv : public Networks {
 public:
  using Config = ConvConfig;
  explicit Conv(ConvConfig config = {});

  std::unique_ptr<Module> encoder(const NetworkSpec& spec, std::int64_t outputs) const override;
  std::unique_ptr<Module> decoder(const NetworkSpec& spec, std::int64_t inputs) const override;
  std::int64_t latent() const override { return 10; }
  bool looks_at_places() const override { return true; }
  Shape code_map(const Shape& example) const override;
  std::unique_ptr<Module> map_encoder(const NetworkSpec& spec,
                                      std::int64_t features) const override;
  std::unique_ptr<Module> map_decoder(const NetworkSpec& spec,
                                      std::int64_t features) const override;

 private:
  std::int64_t channels(std::size_t level) const;

  ConvConfig config_;
};

/// Throws ErrorKind::usage unless it is an image, [H, W, C] with sides from 8.
void require_image(const Shape& example, std::string_view arch);

}  // namespace varve
