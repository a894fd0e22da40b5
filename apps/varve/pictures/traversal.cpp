#include <fmt/format.h>

#include <algorithm>

#include "apps/varve/pictures/codes.h"
#include "apps/varve/pictures/grid.h"
#include "framework/core/error.h"

namespace varve::pictures {

Array traversal(const Subject& subject, const TraversalOptions& options) {
  const Spread spread = find_spread(subject);
  const Encoded encoded = encode(subject, options.index + 1);
  if (encoded.codes.shape[0] <= options.index)
    fail(ErrorKind::usage, "[traverse] --index {}: there are {} examples", options.index,
         encoded.codes.shape[0]);
  const auto size = static_cast<std::size_t>(subject.model.latent_size());
  const auto start =
      encoded.codes.as<float>().subspan(static_cast<std::size_t>(options.index) * size, size);
  const auto rows = std::min<std::int64_t>(options.rows, subject.model.latent_size());

  Grid grid{.title = subject.name + ": traversals", .columns = options.steps};
  grid.subtitle = fmt::format("a row moves one dimension of the code of example {}", options.index);
  std::vector<float> codes;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto dimension = static_cast<std::size_t>(spread.order[static_cast<std::size_t>(row)]);
    for (std::int64_t step = 0; step < options.steps; ++step) {
      const double t = 2 * static_cast<double>(step) / static_cast<double>(options.steps - 1) - 1;
      codes.insert(codes.end(), start.begin(), start.end());
      codes[codes.size() - size + dimension] = static_cast<float>(
          spread.mean[dimension] + t * options.range * spread.deviation[dimension]);
      if (row == 0) grid.column_labels.push_back(fmt::format("{:.3g}σ", t * options.range));
    }
    grid.row_labels.push_back(spread.kl.empty()
                                  ? fmt::format("z{}", dimension)
                                  : fmt::format("z{}  KL {:.2f}", dimension, spread.kl[dimension]));
  }
  grid.images = decode(
      subject.model, Array::of<float>({rows * options.steps, subject.model.latent_size()}, codes));
  return draw(grid);
}

}  // namespace varve::pictures
