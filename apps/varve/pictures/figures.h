#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.h"
#include "framework/data/loader.h"
#include "models/model.h"

namespace varve::pictures {

/// What the figures show: a model, in evaluation mode, and the examples that it looks at, in order.
struct Subject {
  Model& model;
  std::string name;  ///< "vae on digits"
  Loader& examples;
};

/// Two rows a band: examples above, reconstructions below.
Array reconstruction(const Subject& subject, std::int64_t count);
/// Whether the codes are distributions, with a prior to draw from.
bool has_prior(const Subject& subject);
/// Decoded draws from the prior. ErrorKind::usage for a model without one.
Array samples(const Subject& subject, std::int64_t count);
/// A row for each pair of examples: `steps` codes from one to the other, in a straight line or
/// along a great circle.
Array interpolation(const Subject& subject, std::int64_t pairs, std::int64_t steps, bool spherical);

struct TraversalOptions {
  std::int64_t steps = 9;
  std::int64_t rows = 10;  ///< at most: the dimensions that say most
  std::int64_t index = 0;  ///< the example to start from
  double range = 3;        ///< in standard deviations of the prior
};
/// A row for each dimension of the code, which is moved while the others stay.
Array traversal(const Subject& subject, const TraversalOptions& options);

/// Decoded codes on a grid in two dimensions, spaced so that each cell has the same probability
/// under the prior. Of more dimensions, the two that say most; the others stay at their mean.
Array manifold(const Subject& subject, std::int64_t side);

/// The codes of up to `count` examples, coloured by class: all of a code of two dimensions, else
/// its two principal components.
Array latent_scatter(const Subject& subject, std::int64_t count);

}  // namespace varve::pictures
