#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "apps/studio/figures/figures.h"
#include "apps/studio/pictures/chart.h"
#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/scatter.h"
#include "framework/tensor/functional.h"

namespace varve::studio {

using pictures::Picture;

namespace {

constexpr double panel_side = 400;
constexpr std::int64_t panel_points = 2000;
const Recipe autoencoder{.model = "autoencoder"};
const Recipe vae{.model = "vae"};

Picture one_scatter(const Studio& studio, const Recipe& recipe) {
  Trained trained = studio.train(recipe);
  return pictures::latent_scatter(
      trained.subject(), {.title = fmt::format("The codes of {} on {}",
                                               recipe.model == "vae" ? "a VAE" : "an autoencoder",
                                               studio.data_name())});
}

/// The means and the standard deviations of two columns: "mean (0.1, −0.2), σ (0.9, 1.1)".
std::string spread_text(const std::vector<std::array<double, 2>>& points) {
  std::array<double, 2> mean{};
  std::array<double, 2> square{};
  const auto count = static_cast<double>(points.size());
  for (const auto& point : points)
    for (std::size_t i = 0; i < 2; ++i) {
      mean[i] += point[i] / count;
      square[i] += point[i] * point[i] / count;
    }
  const auto deviation = [&](std::size_t i) { return std::sqrt(square[i] - mean[i] * mean[i]); };
  const auto text = [](double value) {
    return pictures::number_text(std::round(100 * value) / 100);
  };
  return fmt::format("mean ({}, {}), σ ({}, {})", text(mean[0]), text(mean[1]), text(deviation(0)),
                     text(deviation(1)));
}

/// A panel of points without classes around the circles of N(0, I).
Picture draw_cloud(const std::string& title, const Array& codes, std::optional<double> reach = {}) {
  pictures::Scatter scatter{.title = title, .axes = {.x = "z0", .y = "z1"}};
  const auto values = codes.as<float>();
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    scatter.points.push_back({values[i], values[i + 1]});
  scatter.subtitle = spread_text(scatter.points);
  scatter.rings = pictures::unit_gaussian();
  scatter.side = panel_side;
  scatter.reach = reach;
  return draw(scatter);
}

}  // namespace

Picture ae_scatter(const Studio& studio) { return one_scatter(studio, autoencoder); }

Picture vae_scatter(const Studio& studio) { return one_scatter(studio, vae); }

Picture ae_vae_scatter(const Studio& studio) {
  Trained plain = studio.train(autoencoder);
  Trained variational = studio.train(vae);
  const auto panel = [&](Trained& trained, bool legend) {
    return pictures::latent_scatter(trained.subject(), {.count = panel_points,
                                                        .side = panel_side,
                                                        .legend = legend,
                                                        .title = trained.name,
                                                        .explain = false});
  };
  return draw(pictures::Panels{
      .title = "Codes of an autoencoder and of a VAE",
      .subtitle =
          "the same data, networks and epochs; nothing tells the autoencoder where its codes "
          "should lie, and the VAE is pulled towards N(0, I), which the circles show",
      .pictures = {panel(plain, false), panel(variational, true)}});
}

Picture ablation(const Studio& studio) {
  std::vector<Picture> panels;
  const std::vector<Recipe> recipes{
      {.name = "reconstruction alone", .objective = Objective::reconstruction},
      {.name = "KL alone", .objective = Objective::kl},
      {.name = "both", .objective = Objective::whole}};
  for (const auto& recipe : recipes) {
    Trained trained = studio.train(recipe);
    panels.push_back(
        pictures::latent_scatter(trained.subject(), {.count = panel_points,
                                                     .draws = true,
                                                     .side = panel_side,
                                                     .legend = panels.size() + 1 == recipes.size(),
                                                     .title = trained.name,
                                                     .explain = false}));
  }
  return draw(pictures::Panels{
      .title = "What each term of the VAE's loss does to the codes",
      .subtitle =
          "a draw of q(z | x) for each example: clusters far apart without the KL term, no "
          "trace of the example without the reconstruction, and clusters around N(0, I) (the "
          "circles) with both",
      .pictures = panels});
}

Picture prior_push(const Studio& studio) {
  Trained plain = studio.train(autoencoder);
  Trained variational = studio.train(vae);
  const Array prior = variational.model->sample_prior(panel_points).to_array();
  const auto draws = [&](Trained& trained) {
    return pictures::encode_draws(trained.subject(), panel_points).codes;
  };
  return draw(pictures::Panels{
      .title = "The KL term pushes all codes together towards N(0, I)",
      .subtitle = "a code of each example; what matters for sampling is that all of them together, "
                  "not each by itself, look like draws from the prior",
      .pictures = {draw_cloud("autoencoder", draws(plain)),
                   draw_cloud("VAE", draws(variational), 4.5), draw_cloud("N(0, I)", prior, 4.5)}});
}

Picture clusters(const Studio& studio) {
  studio.require_classes("clusters");
  Trained trained = studio.train(vae);
  return pictures::latent_scatter(trained.subject(),
                                  {.draws = true, .title = "Classes within N(0, I)"});
}

}  // namespace varve::studio
