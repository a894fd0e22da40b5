#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "framework/losses/likelihood.h"
#include "framework/losses/terms.h"
#include "framework/nn/module.h"
#include "framework/optim/adam.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// Where new codes come from.
enum class PriorKind : std::uint8_t {
  none,             ///< nowhere: nothing shapes the codes
  standard_normal,  ///< N(0, I)
  learned,          ///< a distribution that was trained with the model
};

/// What every model of the zoo does. Examples are [N, ...], images [N, H, W, C]; codes [N, latent],
/// labels i32 [N]. What is said of images here goes for examples of any shape that the networks
/// take.
/// Labels may stay undefined, save for a model with classes() > 0, which throws ErrorKind::usage
/// without them. Losses are summed over pixels and latent dimensions, and means over the batch.
class Model : public Module {
 public:
  /// The objective on a batch: `input` goes in, `target` should come out (mostly the same tensor).
  /// Terms: "loss" first, then "reconstruction", "kl", ...
  virtual Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) = 0;

  /// The code of each image: its mean, where codes are distributions.
  virtual Tensor encode(const Tensor& images, const Tensor& labels = {}) = 0;
  /// The mean image of each code.
  virtual Tensor decode(const Tensor& codes, const Tensor& labels = {}) = 0;
  /// decode(encode(images)).
  Tensor reconstruct(const Tensor& images, const Tensor& labels = {}) {
    return decode(encode(images, labels), labels);
  }
  /// The images as the model sees them in training: with noise or holes for the models that learn
  /// to remove them, by the device's generator.
  virtual Tensor corrupt(const Tensor& images) { return images; }

  /// z ~ q(z | x), one draw an image: [N, latent]. encode() where codes are points.
  virtual Tensor sample_posterior(const Tensor& images, const Tensor& labels = {}) {
    return encode(images, labels);
  }
  /// Mean and variance of each dimension of q(z | x): both [N, latent]; undefined where codes are
  /// points.
  struct Moments {
    Tensor mean, variance;
  };
  virtual Moments posterior_moments(const Tensor& /*images*/, const Tensor& /*labels*/ = {}) {
    return {};
  }
  /// KL(q(z_j | x) || N(0, 1)) in nats for each latent dimension, averaged over the images:
  /// [latent]. Undefined where codes are points or the prior is another.
  virtual Tensor kl_per_dimension(const Tensor& /*images*/, const Tensor& /*labels*/ = {}) {
    return {};
  }
  /// log p(x | z) + log p(z) - log q(z | x) for `samples` draws of z an image: [N, samples], from
  /// samples x N decoded images at once. The mean of their logsumexp, less log samples, is a lower
  /// bound of log p(x) (Burda et al. 2016). Undefined for a model without such a bound.
  virtual Tensor log_importance_weights(const Tensor& /*images*/, std::int64_t /*samples*/,
                                        const Tensor& /*labels*/ = {}) {
    return {};
  }

  virtual PriorKind prior() const = 0;
  /// Codes from the prior, by the device's generator. A model without a prior (the plain
  /// autoencoder) throws ErrorKind::usage saying so.
  virtual Tensor sample_prior(std::int64_t count) = 0;
  /// log p(z): [N]; undefined where there is no density.
  virtual Tensor log_prior(const Tensor& /*codes*/) { return {}; }

  virtual std::int64_t latent_size() const = 0;
  virtual Shape example_shape() const = 0;  ///< without the axis of the batch: [H, W, C] of images
  virtual const Likelihood& likelihood() const = 0;
  /// How many classes the labels have; 0: the model takes no labels.
  virtual std::int64_t classes() const { return 0; }
  /// How many examples a batch must have for loss() to mean what it says: 2 for losses that compare
  /// the codes of a batch. A smaller last batch of an epoch passes.
  virtual std::int64_t least_batch() const { return 1; }

  /// A child that is trained against the rest, by an optimizer of its own, on adversary_loss().
  struct Adversary {
    Module* module = nullptr;
    AdamConfig optimizer{};
  };
  virtual std::optional<Adversary> adversary() { return {}; }
  /// What the adversary minimises; no gradient flows into the rest of the model.
  virtual Terms adversary_loss(const Tensor& /*input*/, const Tensor& /*target*/,
                               const Tensor& /*labels*/ = {}) {
    return {};
  }
  /// parameters() without the adversary's: what minimises loss().
  Tensors main_parameters();

  /// A model's forward() is reconstruct().
  Tensor forward(const Tensor& images) override { return reconstruct(images); }
};

}  // namespace varve
