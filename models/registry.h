#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/core/registry.h"
#include "models/config.h"
#include "models/model.h"
#include "models/model_options.h"
#include "models/parts.h"

namespace varve {

/// A model that can be made by name: a row of the registry.
struct ModelInfo {
  std::string name;             ///< what a user types: "beta-vae"
  std::string description;      ///< one line
  std::string paper;            ///< author, year, title
  std::vector<Option> options;  ///< its own, besides those that all models share
  /// From values for some of its options, checked, and the rest of what it is built of.
  std::function<std::unique_ptr<Model>(const OptionValues& own, ModelParts parts)> make;
  std::int64_t latent = 0;  ///< default size of a code; 0: that of the networks

  /// nullptr for a name that is none of its own options.
  const Option* find(std::string_view option) const { return find_option(options, option); }
};

/// One row: M is made as M(M::Config, ModelParts), and its configuration here has the defaults.
///
///     model_registry().add(model_info<MyVae>("my-vae", "a VAE of mine", "I, 2026, My Paper"));
template <class M>
ModelInfo model_info(std::string name, std::string description, std::string paper,
                     typename M::Config defaults = {}, std::int64_t latent = 0) {
  return {.name = std::move(name),
          .description = std::move(description),
          .paper = std::move(paper),
          .options = options_of(defaults),
          .make = [defaults](const OptionValues& own, ModelParts parts) -> std::unique_ptr<Model> {
            return std::make_unique<M>(configured(defaults, own), std::move(parts));
          },
          .latent = latent};
}

/// The option of this name that the model or its networks have, or null.
const Option* find_option(const ModelInfo& info, const NetworksInfo& networks,
                          std::string_view name);

/// Every model, in the order of `varve models`. Open: see Registry.
Registry<ModelInfo>& model_registry();
/// Throws ErrorKind::usage for an unknown name, suggesting the nearest.
const ModelInfo& find_model(std::string_view name);
/// The options with every default filled in. Throws ErrorKind::usage for sizes below 1, a value out
/// of bounds or an option that neither the model nor its networks have.
ModelOptions completed(const ModelInfo& info, ModelOptions options);
/// Builds a model with initial weights from the default device's generator. Errors as find_model()
/// and completed(), and for an example that the networks do not take.
std::unique_ptr<Model> make_model(std::string_view name, const ModelOptions& options);

}  // namespace varve
