#include "models/registry.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "models/autoencoder/autoencoder.h"
#include "models/autoencoder/denoising.h"
#include "models/autoencoder/inpainting.h"
#include "models/autoencoder/wae.h"
#include "models/networks/networks.h"
#include "models/vae/beta_tc_vae.h"
#include "models/vae/capacity_vae.h"
#include "models/vae/conditional_vae.h"
#include "models/vae/dip_vae.h"
#include "models/vae/factor_vae.h"
#include "models/vae/info_vae.h"
#include "models/vae/iwae.h"
#include "models/vae/learned_prior_vae.h"
#include "models/vae/vae.h"
#include "models/vq/vq_vae.h"

namespace varve {
namespace {

void check_sizes(const ModelInfo& info, const ModelOptions& options) {
  const auto require = [&](std::int64_t size, std::string_view what) {
    if (size < 1)
      fail(ErrorKind::usage, "[{}] {} must be at least 1, got {}", info.name, what, size);
  };
  if (options.image.empty())
    fail(ErrorKind::usage, "[{}] say what an example is: .image = {{28, 28, 1}}", info.name);
  for (const auto side : options.image) require(side, "each side of an example");
  require(options.latent, "the latent size");
  for (const auto size : options.hidden) require(size, "a hidden size");
}

/// What the fields of ModelOptions say of an MLP.
void fill_from_fields(const NetworksInfo& networks, ModelOptions& options) {
  if (find_option(networks.options, "hidden") != nullptr)
    options.own.try_emplace("hidden", options.hidden);
  if (find_option(networks.options, "activation") != nullptr)
    options.own.try_emplace("activation", options.activation);
}

}  // namespace

Registry<ModelInfo>& model_registry() {
  static Registry<ModelInfo> registry(
      "model",
      {model_info<Autoencoder>(
           "autoencoder", "reconstruction alone; codes of any shape",
           "Hinton and Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural "
           "Networks"),
       model_info<DenoisingAutoencoder>(
           "denoising-autoencoder",
           "an autoencoder that sees noisy images and is to produce the clean ones",
           "Vincent et al. 2008, Extracting and Composing Robust Features with Denoising "
           "Autoencoders"),
       model_info<InpaintingAutoencoder>(
           "inpainting-autoencoder",
           "an autoencoder that sees images with holes and is to fill them",
           "Pathak et al. 2016, Context Encoders: Feature Learning by Inpainting"),
       model_info<Vae>("vae", "Gaussian codes pulled towards N(0, I)",
                       "Kingma and Welling 2014, Auto-Encoding Variational Bayes"),
       model_info<Vae>("beta-vae", "a VAE whose KL term weighs beta, for disentangled codes",
                       "Higgins et al. 2017, beta-VAE: Learning Basic Visual Concepts",
                       {.beta = 4}),
       model_info<ConditionalVae>(
           "conditional-vae", "a VAE whose networks are told the class, to draw images of a class",
           "Sohn et al. 2015, Learning Structured Output Representation using Deep "
           "Conditional Generative Models"),
       model_info<CapacityVae>("capacity-beta-vae",
                               "a VAE whose KL term is led to a capacity that grows",
                               "Burgess et al. 2018, Understanding Disentangling in beta-VAE"),
       model_info<BetaTcVae>(
           "beta-tcvae", "a VAE that penalises the total correlation of the codes",
           "Chen et al. 2018, Isolating Sources of Disentanglement in Variational Autoencoders"),
       model_info<FactorVae>("factor-vae",
                             "a VAE that penalises the total correlation by a discriminator",
                             "Kim and Mnih 2018, Disentangling by Factorising"),
       model_info<DipVae>(
           "dip-vae", "a VAE whose codes shall have the covariance I",
           "Kumar et al. 2018, Variational Inference of Disentangled Latent Concepts from "
           "Unlabeled Observations"),
       model_info<InfoVae>(
           "info-vae", "a VAE that compares all codes together with the prior, by MMD",
           "Zhao et al. 2019, InfoVAE: Balancing Learning and Inference in Variational "
           "Autoencoders"),
       model_info<WaeMmd>("wae-mmd", "an autoencoder whose codes together shall be N(0, I), by MMD",
                          "Tolstikhin et al. 2018, Wasserstein Auto-Encoders"),
       model_info<Iwae>("iwae", "a VAE trained on the tighter bound of k weighed draws",
                        "Burda et al. 2016, Importance Weighted Autoencoders"),
       model_info<MixturePriorVae>(
           "mixture-prior-vae", "a VAE whose prior is a trained mixture of Gaussians",
           "Tomczak and Welling 2018, VAE with a VampPrior (section 4, MoG)"),
       model_info<VampPriorVae>("vamp-prior-vae",
                                "a VAE whose prior is the mean posterior of trained pseudo-inputs",
                                "Tomczak and Welling 2018, VAE with a VampPrior"),
       model_info<VqVae>("vq-vae", "an autoencoder whose codes are vectors of a trained codebook",
                         "van den Oord et al. 2017, Neural Discrete Representation Learning", {},
                         VqVae::default_features)});
  return registry;
}

const Option* find_option(const ModelInfo& info, const NetworksInfo& networks,
                          std::string_view name) {
  const Option* own = info.find(name);
  return own != nullptr ? own : find_option(networks.options, name);
}

const ModelInfo& find_model(std::string_view name) { return model_registry().at(name); }

ModelOptions completed(const ModelInfo& info, ModelOptions options) {
  const NetworksInfo& networks = network_registry().at(options.arch);
  if (options.hidden.empty()) options.hidden = {400};
  fill_from_fields(networks, options);
  std::vector<std::string> names;
  for (const auto* list : {&info.options, &networks.options})
    for (const auto& own : *list) names.push_back(own.name);
  for (auto& [name, value] : options.own) {
    const Option* own = find_option(info, networks, name);
    if (own == nullptr)
      fail(ErrorKind::usage, "[{}] neither the model nor its networks ({}) have an option '{}'{}",
           info.name, options.arch, name, did_you_mean(name, names));
    value = own->checked(value);
  }
  for (const auto* list : {&info.options, &networks.options})
    for (const auto& own : *list) options.own.try_emplace(own.name, own.fallback);
  const NetworksPtr made = networks.make(options.own);
  if (options.latent == 0) options.latent = info.latent > 0 ? info.latent : made->latent();
  if (options.init.empty()) options.init = made->fitting_init();
  check_sizes(info, options);
  return options;
}

std::unique_ptr<Model> make_model(std::string_view name, const ModelOptions& given) {
  const ModelInfo& info = find_model(name);
  const ModelOptions options = completed(info, given);
  return info.make(options.own,
                   {.example = options.image,
                    .latent = options.latent,
                    .likelihood = make_likelihood(options.likelihood,
                                                  {.scale = options.sigma, .link = options.link}),
                    .networks = network_registry().at(options.arch).make(options.own),
                    .init = options.init,
                    .dtype = options.dtype,
                    .classes = options.classes,
                    .examples = options.examples});
}

}  // namespace varve
