#pragma once

#include <cstdint>

#include "framework/data/loader.h"
#include "models/model.h"

namespace varve::evaluation {

/// Mean squared differences from clean images, by pixel and channel, for values in [0, 1].
struct Restoration {
  double spoilt = 0;    ///< of the spoilt images: what returning one's input scores
  double restored = 0;  ///< of what the model makes of the spoilt images
  double clean = 0;     ///< of what it makes of the clean ones
  std::int64_t images = 0;
};

/// How much of the damage that `spoiler` does to images (Model::corrupt) `model` repairs: its
/// reconstruction of the spoilt image against the clean one (Vincent et al. 2008). Both may be the
/// same model; any model can be asked what it makes of another's spoilt images. Over all of the
/// loader's images. Throws ErrorKind::usage if `spoiler` leaves images as they are.
Restoration restoration(Model& model, Model& spoiler, Loader& images);

}  // namespace varve::evaluation
