#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.h"

namespace varve::pictures {

/// Images in rows and columns, with a title and labels.
struct Grid {
  std::string title{};
  std::string subtitle{};
  Array images{};  ///< f32 [rows * columns, H, W, C], row by row; black is 0 and white 1
  std::int64_t columns = 1;
  std::int64_t gap = 2;   ///< pixels between images
  std::int64_t band = 0;  ///< rows that belong together; 0: no bands
  std::vector<std::string> row_labels{};
  std::vector<std::string> column_labels{};
};

/// How many columns make `count` images about a square.
std::int64_t square_columns(std::int64_t count);

/// u8 [height, width, 3]. Small images are enlarged, up to four times. If the values clearly leave
/// [0, 1], all are scaled to it, and the subtitle says so.
Array draw(const Grid& grid);

}  // namespace varve::pictures
