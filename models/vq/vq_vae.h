#pragma once

#include <memory>

#include "models/config.h"
#include "models/model.h"
#include "models/parts.h"
#include "models/vq/quantizer.h"

namespace varve {

struct VqVaeConfig {
  std::int64_t codebook = 512;
  std::int64_t positions = 16;
  double commitment = 0.25;
  double decay = 0.99;
  double restart = 0.03;

  template <class V>
  void visit(V& v) {
    v("codebook", codebook, "K, vectors in the codebook", {2, 0x1p31});
    v("positions", positions, "codes an image, for the mlp; a conv has one for each 4x4 pixels");
    v("commitment", commitment, "weight of the distance from output to code", {.least = 0});
    v("decay", decay, "of the codebook's moving averages", {0, 0.999999});
    v("restart", restart, "a code used less than this share of the average restarts; 0: never",
      {0, 0.999999});
  }
};

/// The autoencoder whose codes are vectors of a codebook:
///
///     loss = -log p(x | e) + commitment sum |z - stop(e)|^2,   e the codes nearest to z =
///     encode(x)
///
/// The gradient at e goes to z unchanged; the codebook follows z by moving averages (see
/// VectorQuantizer). The commitment is summed over positions and features, mean over the batch. van
/// den Oord, Vinyals and Kavukcuoglu 2017 (arXiv:1711.00937), equation 3.
///
/// Networks with a map of codes have one for each of its places (a "conv" for each 4x4 pixels),
/// others, an "mlp", --positions codes an image; encode()
/// gives the codes of an image one behind the other. New images are drawn with every position for
/// itself, by how often each code was used in training (the paper trains an autoregressive prior
/// afterwards).
class VqVae : public Model {
 public:
  using Config = VqVaeConfig;
  static constexpr std::int64_t default_features = 64;

  /// `parts.latent` is the size of a codebook vector; 0: default_features. Networks of one's own:
  /// the encoder gives [N, ..., latent], a vector for each place, the decoder takes the same.
  explicit VqVae(VqVaeConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  Tensor encode(const Tensor& images, const Tensor& labels = {}) override;
  Tensor decode(const Tensor& codes, const Tensor& labels = {}) override;
  PriorKind prior() const override { return PriorKind::learned; }
  Tensor sample_prior(std::int64_t count) override;

  /// Numbers of the codes: i32 [N, positions].
  Tensor code_numbers(const Tensor& images);
  const VectorQuantizer& quantizer() const { return quantizer_; }

  /// positions x features.
  std::int64_t latent_size() const override { return map_.numel(); }
  Shape example_shape() const override { return example_; }
  const Likelihood& likelihood() const override { return *likelihood_; }
  std::string describe() const override { return "VqVae"; }

 private:
  struct Completed {};
  VqVae(const VqVaeConfig& config, ModelParts parts, Completed);
  /// encode() before it is quantised: [N positions, features].
  Tensor vectors(const Tensor& images);
  /// The decoder's raw output for codes of any shape.
  Tensor decoded(const Tensor& codes);

  Shape example_;
  std::int64_t features_;
  Shape map_;  ///< of the decoder's input, without N
  std::int64_t positions_;
  double commitment_;
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
  VectorQuantizer quantizer_;
};

}  // namespace varve
