#pragma once

#include <string>
#include <vector>

#include "apps/varve/open_run.h"
#include "apps/varve/pictures/picture.h"

namespace varve::app {

/// A picture of a run with what there is to say about it.
struct RunPicture {
  std::string name;     ///< of its file, without extension: "reconstruction"
  std::string caption;  ///< a sentence for who sees it for the first time
  pictures::Picture picture;
};

/// What `train` leaves in images/: reconstructions, samples (of a model with a prior), codes,
/// manifold.
std::vector<RunPicture> draw_usual(OpenRun& open);
/// These, and interpolations, mixtures, traversals and the KL term by dimension (if there is one).
std::vector<RunPicture> draw_all(OpenRun& open);

/// Writes draw_usual() into the run's images/ and returns the names.
std::vector<std::string> save_usual(OpenRun& open);

}  // namespace varve::app
