#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/dtype.h"
#include "framework/core/shape.h"
#include "framework/losses/likelihood.h"
#include "models/option.h"

namespace varve {

/// A model of the zoo by words and numbers, as the command line and config.json have it: what
/// make_model() takes. 0 or empty: the model's own default.
struct ModelOptions {
  // Of the data.
  Shape image = {};           ///< of an example: [H, W, C], or any shape that the networks take
  std::int64_t classes = 0;   ///< of the labels; 0: there are none
  std::int64_t examples = 0;  ///< in the training set; 0: not known

  // Of every model.
  std::string arch = "mlp";               ///< the networks: a name of network_registry()
  std::int64_t latent = 0;                ///< size of a code; default: the model's or networks'
  std::vector<std::int64_t> hidden = {};  ///< sizes of the MLP's hidden layers; default {400}
  std::string activation = "relu";        ///< of the MLP
  /// First weights: "he", "xavier", "fan-in" (as PyTorch); empty: the one that fits the activation.
  std::string init = {};
  std::string likelihood = "bernoulli";
  double sigma = 1.0;          ///< scale of the Gaussian and Laplace likelihoods
  Link link = Link::identity;  ///< of their means; sigmoid keeps them in [0, 1]
  DType dtype = DType::f32;    ///< of the weights; f64 is for checks of gradients

  /// Options of the model and of its networks by name: `{{"beta", 4.0}, {"posterior", "full"}}`.
  OptionValues own = {};
};

}  // namespace varve
