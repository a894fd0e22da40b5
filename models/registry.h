#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/model.h"
#include "models/options.h"

namespace varve {

struct ModelInfo {
  std::string name;                    ///< what a user types: "beta-vae"
  std::string description;             ///< one line
  std::string paper;                   ///< author, year, title
  std::vector<ModelOption> options{};  ///< its own, besides those that all models share
  std::unique_ptr<Model> (*make)(const ModelOptions&);
  std::int64_t latent = 0;  ///< default size of a code; 0: 20 (mlp), 10 (conv)

  /// nullptr for a name that is none of its own options.
  const ModelOption* find(std::string_view option) const;
};

/// Every model, in the order of `varve models`.
const std::vector<ModelInfo>& model_registry();
/// Throws ErrorKind::usage for an unknown name, suggesting the nearest.
const ModelInfo& find_model(std::string_view name);
/// The options with every default filled in. Throws ErrorKind::usage for an image that is too
/// small, a value out of bounds or an option that the model does not have.
ModelOptions completed(const ModelInfo& info, ModelOptions options);
/// Builds a model with initial weights from the default device's generator. Errors as find_model()
/// and completed().
std::unique_ptr<Model> make_model(std::string_view name, const ModelOptions& options);

}  // namespace varve
