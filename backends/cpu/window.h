#pragma once

#include <cstdint>

#include "framework/ops/op.h"

namespace varve::cpu {

/// The windows of a convolution over channels-last images. A line is one row of windows: [ow, kh,
/// kw, C] when taken out. Lines of all images are counted through: line = image * oh + oy.
struct Windows {
  std::int64_t height, width, channels;  ///< of an image
  std::int64_t oh, ow;                   ///< windows down and across
  Window window;

  std::int64_t image_size() const { return height * width * channels; }
  std::int64_t window_size() const { return window.kernel[0] * window.kernel[1] * channels; }
  /// Whether a line in the image is already what take() would make of it.
  bool plain() const;
};

/// Takes lines [first, first + count) out of the images, with `outside` where a window leaves them.
template <class T>
void take_windows(const Windows& w, const T* images, std::int64_t first, std::int64_t count,
                  T outside, T* to);

/// Adds lines [first, first + count) of one image, counted from its top, back into that image.
template <class T>
void add_windows(const Windows& w, const T* from, std::int64_t first, std::int64_t count, T* image);

}  // namespace varve::cpu
