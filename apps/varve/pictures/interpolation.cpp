#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "apps/varve/pictures/codes.h"
#include "apps/varve/pictures/grid.h"
#include "framework/core/error.h"

namespace varve::pictures {
namespace {

using Code = std::span<const float>;

/// The share of either end at place t: a straight line, or along the great circle between them
/// (Shoemake 1985, slerp), which keeps the length that codes of the prior have.
std::array<double, 2> weights(Code a, Code b, double t, bool spherical) {
  if (!spherical) return {1 - t, t};
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  const double norms = std::sqrt(aa * bb);
  const double angle = norms > 0 ? std::acos(std::clamp(ab / norms, -1.0, 1.0)) : 0;
  const double sine = std::sin(angle);
  if (sine < 1e-6) return {1 - t, t};
  return {std::sin((1 - t) * angle) / sine, std::sin(t * angle) / sine};
}

}  // namespace

Array interpolation(const Subject& subject, std::int64_t pairs, std::int64_t steps,
                    bool spherical) {
  const Encoded encoded = encode(subject, 2 * pairs);
  if (encoded.images.shape[0] < 2)
    fail(ErrorKind::input, "[interpolate] needs two examples, and there is one: take other data");
  pairs = encoded.images.shape[0] / 2;
  const auto size = static_cast<std::size_t>(subject.model.latent_size());
  const auto codes = encoded.codes.as<float>();
  std::vector<float> path;
  for (std::int64_t pair = 0; pair < pairs; ++pair)
    for (std::int64_t step = 0; step < steps; ++step) {
      const Code a = codes.subspan(2 * static_cast<std::size_t>(pair) * size, size);
      const Code b = codes.subspan((2 * static_cast<std::size_t>(pair) + 1) * size, size);
      const double t = static_cast<double>(step) / static_cast<double>(steps - 1);
      const auto [wa, wb] = weights(a, b, t, spherical);
      for (std::size_t i = 0; i < size; ++i)
        path.push_back(static_cast<float>(wa * a[i] + wb * b[i]));
    }
  const Array points = Array::of<float>({pairs * steps, subject.model.latent_size()}, path);
  const Array decoded = decode(subject.model, points);

  Grid grid{.title = subject.name + ": interpolations",
            .subtitle = spherical ? "codes along a great circle from one example to another"
                                  : "codes on a straight line from one example to another",
            .columns = steps + 2};
  grid.images = {DType::f32, decoded.shape, {}};
  grid.images.shape[0] = pairs * grid.columns;
  const auto each = static_cast<std::ptrdiff_t>(decoded.bytes.size()) / (pairs * steps);
  const auto append = [&](const Array& from, std::int64_t first, std::int64_t count) {
    grid.images.bytes.insert(grid.images.bytes.end(), from.bytes.begin() + first * each,
                             from.bytes.begin() + (first + count) * each);
  };
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    append(encoded.images, 2 * pair, 1);
    append(decoded, pair * steps, steps);
    append(encoded.images, 2 * pair + 1, 1);
  }
  grid.column_labels.push_back("from");
  for (std::int64_t step = 0; step < steps; ++step)
    grid.column_labels.push_back(
        fmt::format("{:.3g}", static_cast<double>(step) / static_cast<double>(steps - 1)));
  grid.column_labels.push_back("to");
  return draw(grid);
}

}  // namespace varve::pictures
