#pragma once

#include <functional>
#include <string>

#include "apps/studio/figures/studio.h"
#include "apps/studio/pictures/picture.h"
#include "framework/core/registry.h"

namespace varve::studio {

/// A picture that explains something, with all that it needs trained for it.
struct Figure {
  std::string name;         ///< what a user types: "ae-holes"
  std::string description;  ///< one line
  std::int64_t epochs;      ///< of each model, unless told otherwise; 0: nothing is trained
  std::function<pictures::Picture(const Studio& studio)> draw;
};

/// Every figure, in the order of `varve figure`. Open: see Registry.
Registry<Figure>& figure_registry();

// Each is a function of what the studio trains.

// scatters.cpp: where codes lie.
pictures::Picture ae_scatter(const Studio& studio);
pictures::Picture vae_scatter(const Studio& studio);
pictures::Picture ae_vae_scatter(const Studio& studio);
pictures::Picture ablation(const Studio& studio);
pictures::Picture prior_push(const Studio& studio);
pictures::Picture clusters(const Studio& studio);

// posteriors.cpp: what q(z | x) is.
pictures::Picture jitter(const Studio& studio);
pictures::Picture latent_attributes(const Studio& studio);

// images.cpp: what is decoded.
pictures::Picture reconstructions(const Studio& studio);
pictures::Picture ae_holes(const Studio& studio);
pictures::Picture vae_samples(const Studio& studio);
pictures::Picture manifold_figure(const Studio& studio);
pictures::Picture interpolation_figure(const Studio& studio);
pictures::Picture mixing_figure(const Studio& studio);
pictures::Picture traversal_figure(const Studio& studio);
pictures::Picture conditional_figure(const Studio& studio);
pictures::Picture denoising_figure(const Studio& studio);
pictures::Picture inpainting_figure(const Studio& studio);

// measures.cpp: numbers.
pictures::Picture sigma_figure(const Studio& studio);
pictures::Picture latent_sweep(const Studio& studio);
pictures::Picture depth_sweep(const Studio& studio);
pictures::Picture ae_limits(const Studio& studio);

// diagrams.cpp: how the models are built; nothing is trained.
pictures::Picture autoencoder_diagram(const Studio& studio);
pictures::Picture vae_diagram(const Studio& studio);
pictures::Picture reparameterization_diagram(const Studio& studio);

}  // namespace varve::studio
