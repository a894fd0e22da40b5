#pragma once

#include "models/vae/vae.h"

namespace varve {

/// A VAE of images of a given class y: q(z | x, y), p(x | z, y) and the same prior for every class.
/// Sohn, Lee and Yan 2015. The class goes in one-hot. Of C classes the decoder is given [N, latent
/// + C]; the encoder [N, values + C] if it is an MLP, else C planes more behind the channels (a
/// network of one's own too, if examples have more than one axis). A label below 0 (unknown) is all
/// zeros.
class ConditionalVae : public Vae {
 public:
  explicit ConditionalVae(VaeConfig config = {}, ModelParts parts = {});

  std::int64_t classes() const override { return label_classes(); }
  std::string describe() const override { return "ConditionalVae"; }

 protected:
  Tensor encoder_input(const Tensor& images, const Tensor& labels = {}) override;
  Tensor decoder_input(const Tensor& codes, const Tensor& labels = {}) override;

 private:
  Tensor one_hot_of(const Tensor& labels, DType dtype) const;
};

}  // namespace varve
