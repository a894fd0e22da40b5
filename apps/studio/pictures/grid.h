#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/studio/pictures/picture.h"
#include "framework/core/array.h"

namespace varve::studio::pictures {

/// How values become brightness: black is `low`, white `high`.
struct Brightness {
  float low = 0, high = 1;
};
/// [0, 1], unless the values clearly leave it: then what they span, but for values (less than 0.5 %
/// on each side) that lie far from all others.
Brightness find_brightness(const Array& images);

/// Images in rows and columns, with a title and labels.
struct Grid {
  std::string title{};
  std::string subtitle{};
  Array images{};                          ///< f32 [rows * columns, H, W, C], row by row
  std::optional<Brightness> brightness{};  ///< default: find_brightness(images)
  std::int64_t columns = 1;
  std::int64_t gap = 2;    ///< pixels between images
  std::int64_t band = 0;   ///< rows that belong together; 0: no bands
  bool table = false;      ///< the first row and the first column head the others; their corner is
                           ///< left empty
  std::int64_t aim = 960;  ///< about how wide the images are to be together, in pixels
  std::vector<std::string> row_labels{};
  std::vector<std::string> column_labels{};
};

/// How many columns make `count` images about a square.
std::int64_t square_columns(std::int64_t count);

/// Small images are enlarged, up to four times. The subtitle says what is black and white if it is
/// not 0 and 1.
Picture draw(const Grid& grid);

}  // namespace varve::studio::pictures
