#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "apps/studio/figures/figures.h"
#include "apps/studio/pictures/chart.h"
#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "framework/core/philox.h"

namespace varve::studio {

using pictures::Picture;

namespace {

constexpr std::int64_t panel_width = 480;
const Recipe autoencoder{.model = "autoencoder"};
const Recipe vae{.model = "vae"};

/// `count` points drawn evenly from the box that the codes [N, latent] lie in.
Array draw_from_box(const Array& codes, std::int64_t count) {
  const auto size = static_cast<std::size_t>(codes.shape[1]);
  const auto values = codes.as<float>();
  std::vector<float> low(size, std::numeric_limits<float>::max());
  std::vector<float> high(size, std::numeric_limits<float>::lowest());
  for (std::size_t i = 0; i < values.size(); ++i) {
    low[i % size] = std::min(low[i % size], values[i]);
    high[i % size] = std::max(high[i % size], values[i]);
  }
  PhiloxStream stream(1, 0);
  std::vector<float> drawn;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count) * size; ++i)
    drawn.push_back(stream.uniform(low[i % size], high[i % size]));
  return Array::of<float>({count, codes.shape[1]}, drawn);
}

/// A model with a code of ten dimensions: its images are sharper than those of two.
Recipe ten_dimensions(Recipe recipe) {
  recipe.latent = 10;
  return recipe;
}

}  // namespace

Picture ae_holes(const Studio& studio) {
  constexpr std::int64_t count = 64;
  Trained plain = studio.train(ten_dimensions(autoencoder));
  Trained variational = studio.train(ten_dimensions(vae));
  const auto encoded = pictures::encode(plain.subject(), 5000);
  const Array codes = draw_from_box(encoded.codes, count);
  pictures::Grid broken{.title = "autoencoder",
                        .subtitle = "even draws from the box around its codes",
                        .images = pictures::decode(*plain.model, codes, {}),
                        .columns = 8,
                        .aim = panel_width};
  return draw(pictures::Panels{
      .title = "Random codes, decoded",
      .subtitle =
          "between an autoencoder's codes are holes: places that its decoder has never seen. "
          "Codes of ten dimensions",
      .pictures = {draw(broken), pictures::samples(variational.subject(), count, panel_width)}});
}

Picture vae_samples(const Studio& studio) {
  Trained trained = studio.train(ten_dimensions(vae));
  return pictures::samples(trained.subject(), 100);
}

Picture reconstructions(const Studio& studio) {
  std::vector<Picture> panels;
  for (const auto& recipe : {autoencoder, vae}) {
    Trained trained = studio.train(ten_dimensions(recipe));
    panels.push_back(pictures::reconstruction(trained.subject(), 10));
  }
  return draw(pictures::Panels{
      .title = "What comes back from ten numbers", .pictures = panels, .columns = 1});
}

Picture manifold_figure(const Studio& studio) {
  Trained trained = studio.train(vae);
  return pictures::manifold(trained.subject(), 20);
}

Picture interpolation_figure(const Studio& studio) {
  Trained trained = studio.train(ten_dimensions(vae));
  return pictures::interpolation(trained.subject(), {.pairs = 4, .path = pictures::Path::both});
}

Picture mixing_figure(const Studio& studio) {
  Trained trained = studio.train(ten_dimensions(vae));
  return pictures::mixing(trained.subject(), {});
}

Picture traversal_figure(const Studio& studio) {
  Trained trained = studio.train(ten_dimensions({.model = "beta-vae"}));
  return pictures::traversal(trained.subject(), {.range = 2.5});
}

Picture conditional_figure(const Studio& studio) {
  studio.require_classes("conditional");
  Trained trained = studio.train(ten_dimensions({.model = "conditional-vae"}));
  const std::int64_t classes = std::max<std::int64_t>(trained.model->classes(), 1);
  return pictures::samples(trained.subject(), 8 * classes);
}

Picture denoising_figure(const Studio& studio) {
  std::vector<Picture> panels;
  for (const char* noise : {"gaussian", "salt-and-pepper", "mask"}) {
    Trained trained = studio.train({.name = fmt::format("{} noise", noise),
                                    .model = "denoising-autoencoder",
                                    .latent = 32,
                                    .own = {{"noise", std::string(noise)}}});
    panels.push_back(pictures::reconstruction(trained.subject(), 10));
  }
  return draw(
      pictures::Panels{.title = "Trained to remove noise", .pictures = panels, .columns = 1});
}

Picture inpainting_figure(const Studio& studio) {
  std::vector<Picture> panels;
  for (const char* mask : {"box", "pixels", "half"}) {
    Trained trained = studio.train({.name = fmt::format("{} cut out", mask),
                                    .model = "inpainting-autoencoder",
                                    .latent = 32,
                                    .own = {{"mask", std::string(mask)}}});
    panels.push_back(pictures::reconstruction(trained.subject(), 10));
  }
  return draw(pictures::Panels{.title = "Trained to fill holes", .pictures = panels, .columns = 1});
}

}  // namespace varve::studio
