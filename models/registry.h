#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/model.h"

namespace varve {

/// What a user may choose about a model. A field that a model does not use is ignored by it, and
/// `ModelInfo::uses` says which it uses. 0 or empty: the model's own default.
struct ModelOptions {
  Shape image = {};                       ///< [H, W, C], every side at least 8
  std::string arch = "mlp";               ///< "mlp" or "conv"
  std::int64_t latent = 0;                ///< default 20 (mlp), 10 (conv)
  std::vector<std::int64_t> hidden = {};  ///< sizes of the MLP's hidden layers; default {400}
  std::string activation = "relu";        ///< of the MLP: "relu" or "tanh"
  std::string likelihood = "bernoulli";
  double sigma = 1.0;  ///< of a Gaussian likelihood with fixed sigma
  double beta = -1;    ///< weight of the KL term; below 0: the model's own (vae 1, beta-vae 4)
};

struct ModelInfo {
  std::string name;               ///< what a user types: "beta-vae"
  std::string description;        ///< one line
  std::string paper;              ///< author, year, title
  std::vector<std::string> uses;  ///< fields of ModelOptions
  double beta;                    ///< its default
  std::unique_ptr<Model> (*make)(const ModelOptions&);
};

/// Every model, in the order of `varve models`.
const std::vector<ModelInfo>& model_registry();
/// Builds a model with initial weights from the default device's generator. Throws ErrorKind::usage
/// for an unknown name (suggesting the nearest) or an option out of range.
std::unique_ptr<Model> make_model(std::string_view name, const ModelOptions& options);

}  // namespace varve
