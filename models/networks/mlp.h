#pragma once

#include <array>

#include "models/networks/networks.h"

namespace varve {

enum class MlpActivation : std::uint8_t { relu, tanh, gated, elu, gelu, silu };
inline std::span<const std::string_view> words_of(MlpActivation) {
  static constexpr std::array<std::string_view, 6> words{"relu", "tanh", "gated",
                                                         "elu",  "gelu", "silu"};
  return words;
}

enum class MlpNorm : std::uint8_t { none, batch, layer };
inline std::span<const std::string_view> words_of(MlpNorm) {
  static constexpr std::array<std::string_view, 3> words{"none", "batch", "layer"};
  return words;
}

struct MlpConfig {
  std::vector<std::int64_t> hidden{400};  ///< of the encoder; the decoder has them in reverse
  /// "gated" is (W x + b) sigmoid(V x + c), Dauphin et al. 2017.
  MlpActivation activation = MlpActivation::relu;
  MlpNorm norm = MlpNorm::none;  ///< before each activation
  double dropout = 0;            ///< share of hidden units that are off in training

  template <class V>
  void visit(V& v) {
    v("hidden", hidden, "hidden layers of the mlp");
    v("activation", activation, "of the mlp");
    v("norm", norm, "of hidden layers, before the activation");
    v("dropout", dropout, "share of hidden units that are off in training", {0, 0.99});
  }
};

/// Linear layers between flattened examples and codes; with the defaults the 784-400-20 of Kingma
/// and Welling's descendants. Takes examples of any shape.
class Mlp : public Networks {
 public:
  using Config = MlpConfig;
  explicit Mlp(MlpConfig config = {}) : config_(checked(std::move(config))) {}

  std::unique_ptr<Module> encoder(const NetworkSpec& spec, std::int64_t outputs) const override;
  std::unique_ptr<Module> decoder(const NetworkSpec& spec, std::int64_t inputs) const override;
  std::string_view fitting_init() const override {
    return config_.activation == MlpActivation::tanh ? "xavier" : "he";
  }

 private:
  MlpConfig config_;
};

}  // namespace varve
