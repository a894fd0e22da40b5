#pragma once

#include <cstdint>

#include "framework/data/loader.h"
#include "models/model.h"

namespace varve::evaluation {

struct BoundOptions {
  std::int64_t samples = 1;  ///< k: draws of z an image
  std::int64_t limit = 0;    ///< of images; 0: all
  /// Values of decoded images to have in memory at once: draws are made in chunks of this size.
  std::int64_t values_at_once = std::int64_t{1} << 22;
};

/// Bounds of -log p(x) in nats, means over images.
struct Bound {
  double nll = 0;             ///< -log (1/k sum_i w_i): at least the true value, nearer with more k
  double standard_error = 0;  ///< of that mean over images
  double negative_elbo = 0;   ///< -(1/k sum_i log w_i): the same with k = 1, less noisily
  std::int64_t images = 0, samples = 0;
};

/// The importance-weighted bound of Burda, Grosse and Salakhutdinov 2016, equation 8, on the
/// loader's images (its epoch 0, so binarised as its transforms say):
///
///     -log p(x) <= -E log 1/k sum_i p(x | z_i) p(z_i) / q(z_i | x),   z_i ~ q(z | x)
///
/// Draws come in chunks, whose weights are summed up as they come (a running logsumexp in double),
/// so that memory does not grow with k. Throws ErrorKind::usage for a model that has no such bound,
/// ErrorKind::non_finite if a weight is not a number.
Bound importance_weighted_bound(Model& model, Loader& images, const BoundOptions& options = {});

}  // namespace varve::evaluation
