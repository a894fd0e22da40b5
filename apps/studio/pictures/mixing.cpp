#include <fmt/format.h>

#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "framework/core/error.h"

namespace varve::studio::pictures {

Picture mixing(const Subject& subject, const MixingOptions& options) {
  Model& model = subject.model;
  const Encoded encoded = encode(subject, options.rows + options.columns);
  if (encoded.images.shape[0] < 2)
    fail(ErrorKind::input, "[mix] needs two examples, and there is one: take other data");
  const std::int64_t rows = std::min(options.rows, encoded.images.shape[0] - 1);
  const std::int64_t columns = std::min(options.columns, encoded.images.shape[0] - rows);
  const auto size = static_cast<std::size_t>(model.latent_size());
  const auto codes = encoded.codes.as<float>();
  const auto share = static_cast<float>(options.share);
  std::vector<float> blends;
  std::vector<int> labels;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const auto a = codes.subspan(static_cast<std::size_t>(row) * size, size);
      const auto b = codes.subspan(static_cast<std::size_t>(rows + column) * size, size);
      for (std::size_t i = 0; i < size; ++i) blends.push_back(share * a[i] + (1 - share) * b[i]);
      if (model.classes() > 0) labels.push_back(encoded.labels[static_cast<std::size_t>(row)]);
    }
  const Array decoded =
      decode(model, Array::of<float>({rows * columns, model.latent_size()}, blends), labels);

  Grid grid{.title = subject.name + ": mixtures", .columns = columns + 1, .table = true};
  grid.subtitle = fmt::format("each code is {:.3g} of its row's and {:.3g} of its column's",
                              options.share, 1 - options.share);
  if (model.classes() > 0) grid.subtitle += "; drawn as one of the row's class";
  grid.images = {DType::f32, decoded.shape, {}};
  grid.images.shape[0] = (rows + 1) * (columns + 1);
  const auto each = static_cast<std::ptrdiff_t>(decoded.bytes.size()) / (rows * columns);
  const auto append = [&](const Array& from, std::int64_t first, std::int64_t count) {
    grid.images.bytes.insert(grid.images.bytes.end(), from.bytes.begin() + first * each,
                             from.bytes.begin() + (first + count) * each);
  };
  append(encoded.images, 0, 1);  // the corner, which is not shown
  append(encoded.images, rows, columns);
  for (std::int64_t row = 0; row < rows; ++row) {
    append(encoded.images, row, 1);
    append(decoded, row * columns, columns);
  }
  return draw(grid);
}

}  // namespace varve::studio::pictures
