#include "models/registry.h"

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "models/autoencoder/autoencoder.h"
#include "models/vae/vae.h"

namespace varve {
namespace {

constexpr std::int64_t smallest_side = 8;

template <class M>
std::unique_ptr<Model> make(const ModelOptions& options) {
  return std::make_unique<M>(options);
}

ModelOptions completed(const ModelInfo& info, ModelOptions options) {
  if (options.image.size() != 3 || options.image[0] < smallest_side ||
      options.image[1] < smallest_side || options.image[2] < 1)
    fail(ErrorKind::usage,
         "[{}] needs images of (height, width, channels) with sides of at least {}, got {}",
         info.name, smallest_side, options.image.str());
  if (options.latent == 0) options.latent = options.arch == "conv" ? 10 : 20;
  if (options.hidden.empty()) options.hidden = {400};
  if (options.beta < 0) options.beta = info.beta;
  if (options.latent < 1)
    fail(ErrorKind::usage, "[{}] the latent size must be at least 1, got {}", info.name,
         options.latent);
  for (const auto size : options.hidden)
    if (size < 1)
      fail(ErrorKind::usage, "[{}] a hidden size must be at least 1, got {}", info.name, size);
  return options;
}

}  // namespace

const std::vector<ModelInfo>& model_registry() {
  static const std::vector<std::string> networks{"arch",       "latent",     "hidden",
                                                 "activation", "likelihood", "sigma"};
  static const auto with_beta = [] {
    auto uses = networks;
    uses.emplace_back("beta");
    return uses;
  }();
  static const std::vector<ModelInfo> models{
      {"autoencoder", "reconstruction alone; codes of any shape",
       "Hinton and Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks",
       networks, 0, make<Autoencoder>},
      {"vae", "diagonal Gaussian codes pulled towards N(0, I)",
       "Kingma and Welling 2014, Auto-Encoding Variational Bayes", with_beta, 1, make<Vae>},
      {"beta-vae", "a VAE whose KL term weighs beta, for disentangled codes",
       "Higgins et al. 2017, beta-VAE: Learning Basic Visual Concepts", with_beta, 4, make<Vae>},
  };
  return models;
}

std::unique_ptr<Model> make_model(std::string_view name, const ModelOptions& options) {
  std::vector<std::string> names;
  for (const auto& info : model_registry()) {
    if (info.name == name) return info.make(completed(info, options));
    names.push_back(info.name);
  }
  fail(ErrorKind::usage, "[model] unknown model '{}'{}", name, did_you_mean(name, names));
}

}  // namespace varve
