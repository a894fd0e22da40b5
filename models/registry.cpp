#include "models/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "models/autoencoder/autoencoder.h"
#include "models/autoencoder/denoising.h"
#include "models/autoencoder/inpainting.h"
#include "models/autoencoder/wae.h"
#include "models/networks/initial.h"
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

constexpr std::int64_t smallest_side = 8;

template <class M>
std::unique_ptr<Model> make(const ModelOptions& options) {
  return std::make_unique<M>(options);
}

void check_shared(const ModelInfo& info, const ModelOptions& options) {
  if (options.image.size() != 3 || options.image[0] < smallest_side ||
      options.image[1] < smallest_side || options.image[2] < 1)
    fail(ErrorKind::usage,
         "[{}] needs images of (height, width, channels) with sides of at least {}, got {}",
         info.name, smallest_side, options.image.str());
  if (options.latent < 1)
    fail(ErrorKind::usage, "[{}] the latent size must be at least 1, got {}", info.name,
         options.latent);
  for (const auto size : options.hidden)
    if (size < 1)
      fail(ErrorKind::usage, "[{}] a hidden size must be at least 1, got {}", info.name, size);
}

}  // namespace

const std::vector<ModelInfo>& model_registry() {
  static const std::vector<ModelInfo> models{
      {.name = "autoencoder",
       .description = "reconstruction alone; codes of any shape",
       .paper = "Hinton and Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural "
                "Networks",
       .options = {},
       .make = make<Autoencoder>},
      {.name = "denoising-autoencoder",
       .description = "an autoencoder that sees noisy images and is to produce the clean ones",
       .paper = "Vincent et al. 2008, Extracting and Composing Robust Features with Denoising "
                "Autoencoders",
       .options = {DenoisingAutoencoder::noise, DenoisingAutoencoder::level},
       .make = make<DenoisingAutoencoder>},
      {.name = "inpainting-autoencoder",
       .description = "an autoencoder that sees images with holes and is to fill them",
       .paper = "Pathak et al. 2016, Context Encoders: Feature Learning by Inpainting",
       .options = {InpaintingAutoencoder::mask, InpaintingAutoencoder::size},
       .make = make<InpaintingAutoencoder>},
      {.name = "vae",
       .description = "Gaussian codes pulled towards N(0, I)",
       .paper = "Kingma and Welling 2014, Auto-Encoding Variational Bayes",
       .options = Vae::options(1),
       .make = make<Vae>},
      {.name = "beta-vae",
       .description = "a VAE whose KL term weighs beta, for disentangled codes",
       .paper = "Higgins et al. 2017, beta-VAE: Learning Basic Visual Concepts",
       .options = Vae::options(4),
       .make = make<Vae>},
      {.name = "conditional-vae",
       .description = "a VAE whose networks are told the class, to draw images of a class",
       .paper = "Sohn et al. 2015, Learning Structured Output Representation using Deep "
                "Conditional Generative Models",
       .options = Vae::options(1),
       .make = make<ConditionalVae>},
      {.name = "capacity-beta-vae",
       .description = "a VAE whose KL term is led to a capacity that grows",
       .paper = "Burgess et al. 2018, Understanding Disentangling in beta-VAE",
       .options = {CapacityVae::gamma, CapacityVae::capacity},
       .make = make<CapacityVae>},
      {.name = "beta-tcvae",
       .description = "a VAE that penalises the total correlation of the codes",
       .paper =
           "Chen et al. 2018, Isolating Sources of Disentanglement in Variational Autoencoders",
       .options = {BetaTcVae::beta, BetaTcVae::alpha, BetaTcVae::gamma},
       .make = make<BetaTcVae>},
      {.name = "factor-vae",
       .description = "a VAE that penalises the total correlation by a discriminator",
       .paper = "Kim and Mnih 2018, Disentangling by Factorising",
       .options = {FactorVae::gamma, FactorVae::layers, FactorVae::width, FactorVae::rate},
       .make = make<FactorVae>},
      {.name = "dip-vae",
       .description = "a VAE whose codes shall have the covariance I",
       .paper = "Kumar et al. 2018, Variational Inference of Disentangled Latent Concepts from "
                "Unlabeled Observations",
       .options = {DipVae::variant, DipVae::off_diagonal, DipVae::diagonal},
       .make = make<DipVae>},
      {.name = "info-vae",
       .description = "a VAE that compares all codes together with the prior, by MMD",
       .paper = "Zhao et al. 2019, InfoVAE: Balancing Learning and Inference in Variational "
                "Autoencoders",
       .options = {InfoVae::alpha, InfoVae::lambda, InfoVae::kernel},
       .make = make<InfoVae>},
      {.name = "wae-mmd",
       .description = "an autoencoder whose codes together shall be N(0, I), by MMD",
       .paper = "Tolstikhin et al. 2018, Wasserstein Auto-Encoders",
       .options = {WaeMmd::lambda, WaeMmd::kernel},
       .make = make<WaeMmd>},
      {.name = "iwae",
       .description = "a VAE trained on the tighter bound of k weighed draws",
       .paper = "Burda et al. 2016, Importance Weighted Autoencoders",
       .options = {Iwae::samples},
       .make = make<Iwae>},
      {.name = "mixture-prior-vae",
       .description = "a VAE whose prior is a trained mixture of Gaussians",
       .paper = "Tomczak and Welling 2018, VAE with a VampPrior (section 4, MoG)",
       .options = {MixturePriorVae::beta, MixturePriorVae::components},
       .make = make<MixturePriorVae>},
      {.name = "vamp-prior-vae",
       .description = "a VAE whose prior is the mean posterior of trained pseudo-inputs",
       .paper = "Tomczak and Welling 2018, VAE with a VampPrior",
       .options = {VampPriorVae::beta, VampPriorVae::inputs},
       .make = make<VampPriorVae>},
      {.name = "vq-vae",
       .description = "an autoencoder whose codes are vectors of a trained codebook",
       .paper = "van den Oord et al. 2017, Neural Discrete Representation Learning",
       .options = {VqVae::codebook, VqVae::positions, VqVae::commitment_weight, VqVae::decay,
                   VqVae::restart},
       .make = make<VqVae>,
       .latent = VqVae::default_features},
  };
  return models;
}

const ModelOption* ModelInfo::find(std::string_view option) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const ModelOption& own) { return own.name == option; });
  return found == options.end() ? nullptr : &*found;
}

const ModelInfo& find_model(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& info : model_registry()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  fail(ErrorKind::usage, "[model] unknown model '{}'{}", name, did_you_mean(name, names));
}

ModelOptions completed(const ModelInfo& info, ModelOptions options) {
  const std::int64_t latent = options.arch == "conv" ? 10 : 20;
  if (options.latent == 0) options.latent = info.latent > 0 ? info.latent : latent;
  if (options.hidden.empty()) options.hidden = {400};
  if (options.init.empty()) options.init = fitting_init(options);
  check_shared(info, options);
  std::vector<std::string> names;
  for (const auto& own : info.options) names.push_back(own.name);
  for (auto& [name, value] : options.own) {
    const ModelOption* own = info.find(name);
    if (own == nullptr)
      fail(ErrorKind::usage, "[{}] has no option '{}'{}", info.name, name,
           names.empty() ? "; it has none of its own" : did_you_mean(name, names));
    value = own->checked(value);
  }
  for (const auto& own : info.options) options.own.try_emplace(own.name, own.fallback);
  return options;
}

std::unique_ptr<Model> make_model(std::string_view name, const ModelOptions& options) {
  const ModelInfo& info = find_model(name);
  return info.make(completed(info, options));
}

}  // namespace varve
