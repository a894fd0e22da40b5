#include <algorithm>

#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "framework/tensor/tensor.h"

namespace varve::studio::pictures {

Picture reconstruction(const Subject& subject, std::int64_t count) {
  constexpr std::int64_t most_columns = 10;
  Encoded encoded = encode(subject, count);
  const auto seen = corrupted(subject.model, encoded.images);
  if (seen) encoded.codes = encode_images(subject.model, *seen, encoded.labels);
  const Array decoded = decode(subject.model, encoded.codes, encoded.labels);
  const std::int64_t shown = encoded.images.shape[0];
  const std::int64_t columns = std::min(shown, most_columns);
  const std::int64_t bands = shown / columns;  // whole rows only
  const std::size_t row_bytes = encoded.images.bytes.size() / static_cast<std::size_t>(shown) *
                                static_cast<std::size_t>(columns);

  Grid grid{.title = subject.name + ": reconstructions", .columns = columns};
  grid.band = seen ? 3 : 2;
  grid.images = {DType::f32, encoded.images.shape, {}};
  grid.images.shape[0] = grid.band * bands * columns;
  for (std::int64_t band = 0; band < bands; ++band) {
    const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(band) * row_bytes);
    const auto last = first + static_cast<std::ptrdiff_t>(row_bytes);
    const auto add = [&](const char* label, const Array& from) {
      grid.images.bytes.insert(grid.images.bytes.end(), from.bytes.begin() + first,
                               from.bytes.begin() + last);
      grid.row_labels.emplace_back(label);
    };
    add("data", encoded.images);
    if (seen) add("input", *seen);
    add("model", decoded);
  }
  // Noise goes beyond black and white; what is shown beside it should not fade for that.
  grid.brightness = find_brightness(encoded.images);
  return draw(grid);
}

}  // namespace varve::studio::pictures
