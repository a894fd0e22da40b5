#include <fmt/format.h>

#include "apps/varve/pictures/codes.h"
#include "apps/varve/pictures/scatter.h"
#include "backends/cpu/pca.h"

namespace varve::pictures {
namespace {

/// The first two columns of codes [N, latent]; of one column the second is 0.
void place_directly(const Array& codes, Scatter& scatter) {
  const auto values = codes.as<float>();
  const auto size = static_cast<std::size_t>(codes.shape[1]);
  for (std::size_t i = 0; i < scatter.points.size(); ++i)
    scatter.points[i] = {values[i * size], size > 1 ? values[i * size + 1] : 0};
  scatter.x_label = "z0";
  scatter.y_label = size > 1 ? "z1" : "";
}

/// The codes seen along their principal axes, not centred, so that the prior stays where it is.
void place_by_pca(const Array& codes, Scatter& scatter) {
  const auto pca = cpu::principal_components(codes, 2);
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
  scatter.x_label = label(0);
  scatter.y_label = label(1);
}

}  // namespace

Array latent_scatter(const Subject& subject, std::int64_t count) {
  const Encoded encoded = encode(subject, count);
  const std::int64_t shown = encoded.codes.shape[0];
  Scatter scatter{.title = subject.name + ": latent space"};
  scatter.points.resize(static_cast<std::size_t>(shown));
  scatter.classes = encoded.labels;
  scatter.class_count = subject.examples.dataset().num_classes();
  scatter.unit_gaussian = has_prior(subject);
  scatter.subtitle = fmt::format("codes of {} examples", shown);
  if (scatter.unit_gaussian)
    scatter.subtitle += "; circles: one and two standard deviations of the prior";
  if (subject.model.latent_size() > 2)
    place_by_pca(encoded.codes, scatter);
  else
    place_directly(encoded.codes, scatter);
  return draw(scatter);
}

}  // namespace varve::pictures
