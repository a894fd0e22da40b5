#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/studio/pictures/pictures.h"
#include "apps/studio/runs/open_run.h"
#include "framework/core/registry.h"

namespace varve::studio {

/// A picture of a run with what there is to say about it.
struct RunPicture {
  std::string name;     ///< of its file, without extension: "reconstruction"
  std::string caption;  ///< a sentence for who sees it for the first time
  pictures::Picture picture;
};

/// A kind of such pictures.
struct PictureInfo {
  std::string name;
  std::string caption;
  std::function<pictures::Picture(const pictures::Subject&)> draw;
  /// Whether the model or the data have what it shows; empty: always.
  std::function<bool(const pictures::Subject&)> applies{};
  bool usual = false;  ///< among what `train` leaves in images/, not in reports alone
};
/// Every picture of a report, in its order. Open: see Registry.
Registry<PictureInfo>& picture_registry();

/// What `train` leaves in images/: reconstructions, samples (of a model with a prior), codes,
/// manifold.
std::vector<RunPicture> draw_usual(OpenRun& open);
/// These, and interpolations, mixtures, traversals and the KL term by dimension (if there is one).
std::vector<RunPicture> draw_all(OpenRun& open);

/// Writes draw_usual() into the run's images/ and returns the names.
std::vector<std::string> save_usual(OpenRun& open);

}  // namespace varve::studio
