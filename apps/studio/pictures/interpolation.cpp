#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve::studio::pictures {
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

/// Appends `steps` codes from `a` to `b`: the first is `a` and the last `b`.
void append_path(std::vector<float>& codes, Code a, Code b, std::int64_t steps, bool spherical) {
  for (std::int64_t step = 0; step < steps; ++step) {
    const double t = static_cast<double>(step) / static_cast<double>(steps - 1);
    const auto [wa, wb] = weights(a, b, t, spherical);
    for (std::size_t i = 0; i < a.size(); ++i)
      codes.push_back(static_cast<float>(wa * a[i] + wb * b[i]));
  }
}

std::vector<bool> rows_of_pair(Path path) {
  if (path == Path::both) return {false, true};
  return {path == Path::spherical};
}

std::string explain(const Model& model, Path path) {
  std::string text = path == Path::straight    ? "codes on a straight line"
                     : path == Path::spherical ? "codes along a great circle"
                                               : "codes on a straight line and on a great circle";
  return text + " from the mean code of one example to that of another" +
         (model.classes() > 0 ? " of its class" : "");
}

}  // namespace

Path parse_path(const std::string& name) {
  const std::vector<std::string> names{"straight", "spherical", "both"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Path>(i);
  fail(ErrorKind::usage, "[interpolate] unknown --path '{}'{}", name, did_you_mean(name, names));
}

Picture interpolation(const Subject& subject, const InterpolationOptions& options) {
  Model& model = subject.model;
  const auto rows = rows_of_pair(options.path);
  const std::int64_t steps = options.steps;
  // With classes a pair may have to be looked for.
  const Encoded encoded = encode(subject, options.pairs * (model.classes() > 0 ? 40 : 2));
  const auto pairs = find_pairs(model, encoded, options.pairs);
  const auto code = [&](std::int64_t i) {
    const auto size = static_cast<std::size_t>(model.latent_size());
    return encoded.codes.as<float>().subspan(static_cast<std::size_t>(i) * size, size);
  };
  std::vector<float> path;
  std::vector<int> labels;
  for (const auto& [from, to] : pairs)
    for (const bool spherical : rows) {
      append_path(path, code(from), code(to), steps, spherical);
      if (model.classes() > 0)
        labels.insert(labels.end(), static_cast<std::size_t>(steps),
                      encoded.labels[static_cast<std::size_t>(from)]);
    }
  const auto all_rows = static_cast<std::int64_t>(pairs.size() * rows.size());
  const Array decoded =
      decode(model, Array::of<float>({all_rows * steps, model.latent_size()}, path), labels);

  Grid grid{.title = subject.name + ": interpolations",
            .subtitle = explain(model, options.path),
            .columns = steps + 2};
  grid.band = rows.size() > 1 ? 2 : 0;
  grid.images = {DType::f32, decoded.shape, {}};
  grid.images.shape[0] = all_rows * grid.columns;
  const auto each = static_cast<std::ptrdiff_t>(decoded.bytes.size()) / (all_rows * steps);
  const auto append = [&](const Array& from, std::int64_t first, std::int64_t count) {
    grid.images.bytes.insert(grid.images.bytes.end(), from.bytes.begin() + first * each,
                             from.bytes.begin() + (first + count) * each);
  };
  std::int64_t row = 0;
  for (const auto& [from, to] : pairs)
    for (const bool spherical : rows) {
      append(encoded.images, from, 1);
      append(decoded, steps * row++, steps);
      append(encoded.images, to, 1);
      if (rows.size() > 1) grid.row_labels.emplace_back(spherical ? "spherical" : "straight");
    }
  grid.column_labels.emplace_back("from");
  for (std::int64_t step = 0; step < steps; ++step)
    grid.column_labels.push_back(
        fmt::format("{:.3g}", static_cast<double>(step) / static_cast<double>(steps - 1)));
  grid.column_labels.emplace_back("to");
  return draw(grid);
}

}  // namespace varve::studio::pictures
