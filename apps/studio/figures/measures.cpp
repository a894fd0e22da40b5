#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/studio/figures/figures.h"
#include "apps/studio/pictures/chart.h"
#include "apps/studio/runs/history.h"
#include "models/evaluation/latent.h"

namespace varve::studio {

using pictures::Picture;

namespace {

double find(const Metrics& metrics, const std::string& name) {
  for (const auto& metric : metrics)
    if (metric.name == name) return metric.value;
  return std::nan("");
}

/// Reconstruction of an autoencoder and a VAE, and the VAE's whole loss, for each recipe.
pictures::LineChart sweep(const Studio& studio, const std::vector<double>& x,
                          const std::vector<Recipe>& recipes) {
  pictures::Line plain{.name = "autoencoder: reconstruction", .x = x, .dots = true};
  pictures::Line part{.name = "VAE: reconstruction", .x = x, .dots = true};
  pictures::Line whole{.name = "VAE: reconstruction + KL", .x = x, .dashed = true, .dots = true};
  for (Recipe recipe : recipes)
    for (const char* model : {"autoencoder", "vae"}) {
      recipe.model = model;
      recipe.name = fmt::format("{} with {} dimensions and {} hidden layers", model, recipe.latent,
                                recipe.hidden.size());
      const Trained trained = studio.train(recipe);
      const bool variational = recipe.model == "vae";
      (variational ? part : plain).y.push_back(find(trained.test, "reconstruction"));
      if (variational) whole.y.push_back(find(trained.test, "loss"));
    }
  return {.axes = {.y = "nats an image"}, .lines = {plain, part, whole}};
}

std::string conditions(const Studio& studio) {
  return fmt::format("test split of {}, {} epochs", studio.data_name(), studio.epochs());
}

/// Two bars.
Picture compare(const std::string& title, const std::string& subtitle, double plain,
                double variational) {
  return draw(pictures::BarChart{.title = title,
                                 .subtitle = subtitle,
                                 .axes = {.x_names = {"autoencoder", "VAE"}},
                                 .values = {plain, variational},
                                 .groups = {0, 1},
                                 .width = 280,
                                 .height = 220});
}

/// How far the mean of the codes lies from the origin.
double distance(const evaluation::LatentFigures& figures) {
  double square = 0;
  for (const double mean : figures.mean) square += mean * mean;
  return std::sqrt(square);
}

/// The widest extent of the codes.
double extent(const evaluation::LatentFigures& figures) {
  double widest = 0;
  for (std::size_t i = 0; i < figures.low.size(); ++i)
    widest = std::max(widest, figures.high[i] - figures.low[i]);
  return widest;
}

}  // namespace

Picture sigma_figure(const Studio& studio) {
  std::vector<SigmaLine> lines;
  for (const double beta : {0.0, 1.0, 4.0}) {
    const Trained trained = studio.train(
        {.name = fmt::format("β = {:g}", beta), .latent = 10, .own = {{"beta", beta}}});
    lines.push_back({trained.name, trained.record});
  }
  auto chart = sigma_chart(lines);
  chart.title = "How wide q(z | x) is while a VAE learns";
  chart.subtitle = fmt::format(
      "mean σ of a thousand examples of {} in ten dimensions; pale: from the narrowest dimension "
      "to "
      "the widest; loss: reconstruction + β KL",
      studio.data_name());
  chart.axes.y = "σ";
  chart.width = 720;
  chart.height = 400;
  return draw(chart);
}

Picture latent_sweep(const Studio& studio) {
  const std::vector<double> sizes{1, 2, 4, 8, 16, 32};
  std::vector<Recipe> recipes;
  for (const double size : sizes) recipes.push_back({.latent = static_cast<std::int64_t>(size)});
  auto chart = sweep(studio, sizes, recipes);
  chart.title = "Loss against the size of the code";
  chart.subtitle = conditions(studio);
  chart.axes.x = "dimensions of the code";
  chart.logarithmic = true;
  chart.width = 640;
  chart.height = 360;
  return draw(chart);
}

Picture depth_sweep(const Studio& studio) {
  std::vector<double> depths;
  std::vector<Recipe> recipes;
  for (std::size_t depth = 1; depth <= 3; ++depth) {
    depths.push_back(static_cast<double>(depth));
    recipes.push_back({.latent = 8, .hidden = std::vector<std::int64_t>(depth, 400)});
  }
  auto chart = sweep(studio, depths, recipes);
  chart.title = "Loss against depth";
  chart.subtitle = conditions(studio) + "; hidden layers of 400, codes of eight dimensions";
  chart.axes.x = "hidden layers of the encoder, and of the decoder";
  chart.axes.whole_x = true;
  chart.width = 640;
  chart.height = 360;
  return draw(chart);
}

Picture ae_limits(const Studio& studio) {
  studio.require_classes("ae-limits");
  std::vector<evaluation::LatentFigures> found;
  for (const char* model : {"autoencoder", "vae"}) {
    Trained trained = studio.train({.model = model});
    found.push_back(evaluation::latent_figures(
        *trained.model, evaluation::collect_codes(*trained.model, trained.examples)));
  }
  const auto& [plain, variational] = std::pair(found[0], found[1]);
  return draw(pictures::Panels{
      .title = "What an autoencoder's codes lack",
      .subtitle = fmt::format("measured on the test split of {}", studio.data_name()),
      .pictures = {compare("Holes", "share of random codes far from any image's", plain.holes.rate,
                           variational.holes.rate),
                   compare("Off centre", "distance of the codes' mean from 0", distance(plain),
                           distance(variational)),
                   compare("Unbounded", "widest extent of the codes", extent(plain),
                           extent(variational)),
                   compare("Uneven", "area of the largest class over the smallest",
                           plain.class_area_ratio.value_or(0),
                           variational.class_area_ratio.value_or(0))},
      .columns = 4});
}

}  // namespace varve::studio
