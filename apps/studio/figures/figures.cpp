#include "apps/studio/figures/figures.h"

namespace varve::studio {

Registry<Figure>& figure_registry() {
  static Registry<Figure> registry(
      "figure",
      {
          {"ae-scatter", "codes of an autoencoder, by class: any place, any scale", 20, ae_scatter},
          {"vae-scatter", "codes of a VAE, by class: around the origin, as the prior asks", 20,
           vae_scatter},
          {"ae-vae-scatter", "both beside each other", 20, ae_vae_scatter},
          {"ae-limits", "what an autoencoder's codes lack, in numbers, against a VAE's", 20,
           ae_limits},
          {"ae-holes",
           "random codes decoded: from the box of an autoencoder's codes, and from a "
           "VAE's prior",
           20, ae_holes},
          {"vae-samples", "draws from a VAE's prior, decoded", 20, vae_samples},
          {"reconstructions", "what an autoencoder and a VAE give back", 20, reconstructions},
          {"ablation",
           "a VAE's codes with the reconstruction term alone, the KL term alone, and both", 20,
           ablation},
          {"jitter", "one image encoded many times: a Gaussian blob in a VAE", 20, jitter},
          {"latent-attributes", "what a code says about one image: a number, or a distribution", 20,
           latent_attributes},
          {"prior-push", "all codes together: of an autoencoder, of a VAE, and N(0, I)", 20,
           prior_push},
          {"clusters", "classes within N(0, I), found without labels", 20, clusters},
          {"manifold", "the plane of codes, decoded", 30, manifold_figure},
          {"interpolation", "from one image to another, straight and along a great circle", 20,
           interpolation_figure},
          {"mixing", "halfway between two images", 20, mixing_figure},
          {"traversal", "what each dimension of a beta-VAE's code does", 30, traversal_figure},
          {"conditional", "samples of a conditional VAE, a column for each class", 20,
           conditional_figure},
          {"denoising", "an autoencoder that removes noise", 15, denoising_figure},
          {"inpainting", "an autoencoder that fills holes", 15, inpainting_figure},
          {"sigma", "how wide q(z | x) is, epoch by epoch, with and without the KL term", 20,
           sigma_figure},
          {"latent-sweep", "loss against the size of the code", 8, latent_sweep},
          {"depth-sweep", "loss against the number of hidden layers", 8, depth_sweep},
          {"autoencoder-diagram", "how an autoencoder is built, and its loss", 0,
           autoencoder_diagram},
          {"vae-diagram", "how a VAE is built, and its loss", 0, vae_diagram},
          {"reparameterization", "how a gradient passes through a random draw", 0,
           reparameterization_diagram},
      });
  return registry;
}

}  // namespace varve::studio
