#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"

namespace varve::studio::pictures {
namespace {

/// The point below which N(0, 1) has the probability p, by bisection.
double normal_quantile(double p) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Picture manifold(const Subject& subject, std::int64_t side) {
  const Spread spread = find_spread(subject);
  const std::size_t size = spread.mean.size();
  const auto best = static_cast<std::size_t>(spread.order[0]);
  const auto second = static_cast<std::size_t>(spread.order[size > 1 ? 1 : 0]);
  const auto [across, up] = std::minmax(best, second);
  const std::int64_t rows = size > 1 ? side : 1;
  const auto place = [&](std::size_t dimension, std::int64_t cell) {
    const double p = (static_cast<double>(cell) + 0.5) / static_cast<double>(side);
    return static_cast<float>(spread.mean[dimension] +
                              spread.deviation[dimension] * normal_quantile(p));
  };
  std::vector<float> codes;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < side; ++column) {
      codes.insert(codes.end(), spread.mean.begin(), spread.mean.end());
      float* code = codes.data() + codes.size() - size;
      code[up] = place(up, rows - 1 - row);
      code[across] = place(across, column);
    }
  Grid grid{.title = subject.name + ": manifold", .columns = side, .gap = 0};
  grid.subtitle =
      size > 1 ? fmt::format("z{} to the right, z{} upwards", across, up) : "the code to the right";
  if (size > 2) grid.subtitle += "; the other dimensions at their mean";
  std::vector<int> labels;
  if (subject.model.classes() > 0) {
    const int label = encode_only(subject, 1).labels.at(0);
    labels.assign(static_cast<std::size_t>(rows * side), label);
    grid.subtitle += fmt::format("; class {}", label);
  }
  const Array all = Array::of<float>({rows * side, subject.model.latent_size()}, codes);
  grid.images = decode(subject.model, all, labels);
  return draw(grid);
}

}  // namespace varve::studio::pictures
