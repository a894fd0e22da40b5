#include <fmt/format.h>

#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/scatter.h"
#include "framework/core/philox.h"
#include "framework/statistics/pca.h"

namespace varve::studio::pictures {
namespace {

using Codes = std::span<const float>;

/// Of long codes, such as maps of vectors, fewer are shown: so many numbers in all.
constexpr std::int64_t most_numbers = 4'000'000;

/// A code of one dimension to the right; upwards the classes, or one band, each spread out a little
/// so that points do not hide each other.
void place_in_bands(Codes codes, Scatter& scatter) {
  PhiloxStream noise(0, 0);
  for (std::size_t i = 0; i < scatter.points.size(); ++i) {
    const double band = scatter.classes.empty() ? 0 : scatter.classes[i];
    scatter.points[i] = {codes[i], band + noise.uniform(-0.32F, 0.32F)};
  }
  scatter.same_scale = false;
  scatter.legend = false;
  scatter.axes = {.x = "z0"};
  scatter.axes.y = scatter.classes.empty() ? "" : "class";
  for (int i = 0; i < std::max(scatter.class_count, 1); ++i)
    scatter.axes.y_names.push_back(scatter.classes.empty() ? ""
                                   : scatter.class_names.empty()
                                       ? fmt::format("{}", i)
                                       : scatter.class_names[static_cast<std::size_t>(i)]);
}

void place_directly(Codes codes, Scatter& scatter) {
  for (std::size_t i = 0; i < scatter.points.size(); ++i)
    scatter.points[i] = {codes[2 * i], codes[2 * i + 1]};
  scatter.axes = {.x = "z0", .y = "z1"};
}

/// The codes seen along their principal axes, not centred, so that the prior stays where it is.
void place_by_pca(const Array& codes, Scatter& scatter) {
  const auto pca = principal_components(codes, 2);
  const auto axes = pca.components.as<double>();
  const auto values = codes.as<float>();
  const auto size = static_cast<std::size_t>(codes.shape[1]);
  for (std::size_t i = 0; i < scatter.points.size(); ++i)
    for (std::size_t axis = 0; axis < 2; ++axis)
      for (std::size_t j = 0; j < size; ++j)
        scatter.points[i][axis] += axes[axis * size + j] * values[i * size + j];
  const auto label = [&](std::size_t axis) {
    return fmt::format("principal component {} ({:.0f} % of the variance)", axis + 1,
                       100 * pca.share[axis]);
  };
  scatter.axes = {.x = label(0), .y = label(1)};
}

}  // namespace

Picture latent_scatter(const Subject& subject, const ScatterOptions& options) {
  const std::int64_t latent = subject.model.latent_size();
  const std::int64_t count =
      std::min(options.count, std::max<std::int64_t>(100, most_numbers / latent));
  const Encoded encoded =
      options.draws ? encode_draws(subject, count) : encode_only(subject, count);
  const std::int64_t shown = encoded.codes.shape[0];
  Scatter scatter{.title = options.title.empty() ? subject.name + ": latent space" : options.title};
  scatter.points.resize(static_cast<std::size_t>(shown));
  scatter.classes = encoded.labels;
  scatter.class_count = subject.examples.dataset().num_classes();
  const auto names = subject.examples.dataset().class_names();
  scatter.class_names = {names.begin(), names.end()};
  scatter.side = options.side;
  scatter.legend = options.legend;
  scatter.reach = options.reach;
  if (options.explain)
    scatter.subtitle =
        fmt::format("{} of {} examples", options.draws ? "drawn codes" : "codes", shown);
  if (subject.model.prior() == PriorKind::standard_normal && latent > 1) {
    scatter.rings = unit_gaussian();
    if (options.explain)
      scatter.subtitle += "; circles: one and two standard deviations of the prior";
  }
  if (latent == 1)
    place_in_bands(encoded.codes.as<float>(), scatter);
  else if (latent == 2)
    place_directly(encoded.codes.as<float>(), scatter);
  else
    place_by_pca(encoded.codes, scatter);
  return draw(scatter);
}

}  // namespace varve::studio::pictures
