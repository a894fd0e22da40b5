#include <algorithm>

#include "apps/varve/pictures/codes.h"
#include "apps/varve/pictures/grid.h"

namespace varve::pictures {

Array reconstruction(const Subject& subject, std::int64_t count) {
  constexpr std::int64_t most_columns = 10;
  const Encoded encoded = encode(subject, count);
  const Array decoded = decode(subject.model, encoded.codes);
  const std::int64_t shown = encoded.images.shape[0];
  const std::int64_t columns = std::min(shown, most_columns);
  const std::int64_t bands = shown / columns;  // whole rows only
  const std::size_t row_bytes = encoded.images.bytes.size() / static_cast<std::size_t>(shown) *
                                static_cast<std::size_t>(columns);

  Grid grid{.title = subject.name + ": reconstructions", .columns = columns, .band = 2};
  grid.images = {DType::f32, encoded.images.shape, {}};
  grid.images.shape[0] = 2 * bands * columns;
  for (std::int64_t band = 0; band < bands; ++band) {
    const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(band) * row_bytes);
    const auto last = first + static_cast<std::ptrdiff_t>(row_bytes);
    for (const Array* from : {&encoded.images, &decoded})
      grid.images.bytes.insert(grid.images.bytes.end(), from->bytes.begin() + first,
                               from->bytes.begin() + last);
    grid.row_labels.insert(grid.row_labels.end(), {"data", "model"});
  }
  return draw(grid);
}

}  // namespace varve::pictures
