#pragma once

#include <cstdint>
#include <vector>

#include "apps/varve/pictures/figures.h"

namespace varve::pictures {

/// The first `count` images (fewer if there are no more): f32 [N, H, W, C]. Labels, if there are
/// any, go into `labels`.
Array read_images(Loader& examples, std::int64_t count, std::vector<int>* labels = nullptr);

/// Examples in host memory, with what the model makes of them.
struct Encoded {
  Array images;             ///< f32 [N, H, W, C]
  Array codes;              ///< f32 [N, latent]
  std::vector<int> labels;  ///< empty if there are none
};
/// The first `count` examples.
Encoded encode(const Subject& subject, std::int64_t count);

/// f32 [N, H, W, C] for codes [N, latent].
Array decode(Model& model, const Array& codes);

/// How the codes are spread: where pictures move through them, and along what.
struct Spread {
  std::vector<std::int64_t> order;  ///< dimensions, the one that says most first
  std::vector<double> kl;           ///< nats by dimension; empty for a model without a prior
  std::vector<double> mean;         ///< of the prior: 0; without one, of the codes
  std::vector<double> deviation;    ///< of the prior: 1; without one, of the codes
};
/// From up to a thousand examples. Dimensions are ordered by their KL term, else their variance.
Spread find_spread(const Subject& subject);

}  // namespace varve::pictures
