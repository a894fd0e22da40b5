#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "framework/losses/likelihood.h"
#include "framework/nn/module.h"
#include "models/networks/networks.h"

namespace varve {

/// What a model is built of besides its own configuration. Nothing has to be said that can be
/// known otherwise:
///
///     Vae classic({}, {.example = {28, 28, 1}});                  // the standard networks
///     Vae mine({.beta = 4}, {.encoder = std::move(encoder), .decoder = std::move(decoder)});
///
/// Networks of one's own may be any modules whose shapes fit: the encoder [N, example...] -> [N,
/// numbers for the code], which for a diagonal Gaussian are twice its size, the decoder [N, latent]
/// -> [N, example...]. The model owns them. With both, `example` and `latent` may stay unsaid: the
/// first batch tells.
struct ModelParts {
  Shape example{};          ///< of an example, without the axis of the batch: {28, 28, 1}, {30}
  std::int64_t latent = 0;  ///< size of a code; 0: what the networks use, or the first batch tells
  std::unique_ptr<Module> encoder{}, decoder{};  ///< null: of `networks`
  std::unique_ptr<Likelihood> likelihood{};      ///< null: Bernoulli
  NetworksPtr networks{};                        ///< null: Mlp()
  std::string init{};                            ///< first weights of `networks`; see NetworkSpec
  DType dtype = DType::f32;                      ///< of all weights
  std::int64_t classes = 0;                      ///< of the labels; 0: there are none
  std::int64_t examples = 0;                     ///< in the training set; 0: not known

  /// With the likelihood and the networks filled in, and the size of the code unless an encoder is
  /// given. Throws ErrorKind::usage for a size below 1.
  ModelParts completed() &&;
  /// What an encoder is made for that gets such examples, and what a decoder is made for. Throw
  /// ErrorKind::usage if it is not said what an example is.
  NetworkSpec input(const Shape& example) const;
  NetworkSpec output() const;
  /// The encoder: the one given, or one for such examples with so many outputs. Throws
  /// ErrorKind::usage if there is neither an encoder nor an example to make it for.
  std::unique_ptr<Module> take_encoder(const Shape& example, std::int64_t outputs);
  /// The decoder, in the same way.
  std::unique_ptr<Module> take_decoder(std::int64_t inputs);
};

}  // namespace varve
