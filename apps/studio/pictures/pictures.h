#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/studio/pictures/picture.h"
#include "framework/data/loader.h"
#include "models/model.h"

namespace varve::studio::pictures {

/// What the pictures show: a model, in evaluation mode, and the examples that it looks at, in
/// order. A model with classes draws each example as one of its class.
struct Subject {
  Model& model;
  std::string name;  ///< "vae on digits"
  Loader& examples;
};

/// Two rows a band: examples above, reconstructions below. Between them, for a model that is shown
/// noisy or incomplete images, what it is shown.
Picture reconstruction(const Subject& subject, std::int64_t count);

/// At most `wanted` images, and no more than a picture may hold that nobody has asked a number for.
std::int64_t fitting_count(const Subject& subject, std::int64_t wanted);

/// Whether there is a prior to draw codes from.
bool has_prior(const Subject& subject);
/// Decoded draws from the prior, a column for each class if the model has classes; about `aim`
/// pixels wide. ErrorKind::usage for a model without a prior.
Picture samples(const Subject& subject, std::int64_t count, std::int64_t aim = 960);

enum class Path : std::uint8_t { straight, spherical, both };
/// Throws ErrorKind::usage for another name.
Path parse_path(const std::string& name);
struct InterpolationOptions {
  std::int64_t pairs = 6;
  std::int64_t steps = 9;
  Path path = Path::straight;
};
/// A row for each pair of examples: codes from the mean code of one to that of the other, in a
/// straight line or along a great circle. A model with classes takes pairs of one class.
Picture interpolation(const Subject& subject, const InterpolationOptions& options);

struct MixingOptions {
  std::int64_t rows = 6;
  std::int64_t columns = 8;
  double share = 0.5;  ///< of the row's code; the column's has the rest
};
/// A table of blends: examples head the rows and the columns, and each cell is the decoded mean of
/// their two codes. A model with classes draws it as one of the row's class.
Picture mixing(const Subject& subject, const MixingOptions& options);

struct TraversalOptions {
  std::int64_t steps = 9;
  std::int64_t rows = 10;  ///< at most: the dimensions that say most
  std::int64_t index = 0;  ///< the example to start from
  double range = 3;        ///< in standard deviations of the prior; without one, of the codes
};
/// A row for each dimension of the code, which is moved while the others stay.
Picture traversal(const Subject& subject, const TraversalOptions& options);
/// The same moving: an image for each dimension, `steps` pictures from one end to the other, all of
/// one size.
std::vector<Picture> moving_traversal(const Subject& subject, const TraversalOptions& options);

/// Decoded codes on a grid in two dimensions, spaced so that each cell has the same probability
/// under the prior. Of more dimensions, the two that say most; the others stay at their mean.
Picture manifold(const Subject& subject, std::int64_t side);

struct ScatterOptions {
  std::int64_t count = 5000;
  bool draws = false;  ///< one of q(z | x) for each example, not its mean
  double side = 640;   ///< of the plot, in pixels
  bool legend = true;
  std::string title{};            ///< default: the subject's name
  bool explain = true;            ///< by a subtitle
  std::optional<double> reach{};  ///< shows [-reach, reach]; default: what the codes need
};
/// The codes of examples, coloured by class: all of a code of two dimensions; one dimension over
/// the classes; else two principal components.
Picture latent_scatter(const Subject& subject, const ScatterOptions& options);

/// Whether the model has a KL term for each dimension of the code.
bool has_kl(const Subject& subject);
/// A bar for each dimension: nats of KL(q(z_j | x) || p(z_j)). Throws ErrorKind::usage for a model
/// without such a term.
Picture kl_bars(const Subject& subject);

}  // namespace varve::studio::pictures
