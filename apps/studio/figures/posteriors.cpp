#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/studio/figures/figures.h"
#include "apps/studio/pictures/canvas.h"
#include "apps/studio/pictures/chart.h"
#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "apps/studio/pictures/scatter.h"

namespace varve::studio {

using pictures::Picture;

namespace {

constexpr double panel_side = 400;

/// Rows [first, first + count) of an array.
Array rows_of(const Array& array, std::int64_t first, std::int64_t count) {
  const auto each = static_cast<std::ptrdiff_t>(array.bytes.size()) / array.shape[0];
  Array out{array.dtype, array.shape, {}};
  out.shape[0] = count;
  out.bytes.assign(array.bytes.begin() + first * each,
                   array.bytes.begin() + (first + count) * each);
  return out;
}

/// The first example of class 8, whose loops a blurred code shows best; else the first.
std::int64_t find_eight(const pictures::Encoded& encoded) {
  const auto found = std::find(encoded.labels.begin(), encoded.labels.end(), 8);
  return found == encoded.labels.end() ? 0 : found - encoded.labels.begin();
}

struct Jitter {
  std::vector<std::array<double, 2>> draws;
  pictures::Ring ring;  ///< two standard deviations
  Array codes;
};

/// Codes of one image, drawn again and again.
Jitter draw_jitter(Model& model, const Array& image) {
  constexpr std::int64_t count = 500;
  const auto moments = pictures::posterior_moments(model, image, {}).value();
  const auto mean = moments.mean.as<float>();
  const auto deviation = moments.deviation.as<float>();
  Jitter jitter{.draws = {},
                .ring = {.x = mean[0],
                         .y = mean[1],
                         .radius_x = 2.0 * deviation[0],
                         .radius_y = 2.0 * deviation[1],
                         .dashed = true,
                         .text = "2σ"},
                .codes = {}};
  Array copies{image.dtype, image.shape, {}};
  copies.shape[0] = count;
  for (std::int64_t i = 0; i < count; ++i)
    copies.bytes.insert(copies.bytes.end(), image.bytes.begin(), image.bytes.end());
  jitter.codes = pictures::draw_codes(model, copies, {});
  const auto values = jitter.codes.as<float>();
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    jitter.draws.push_back({values[i], values[i + 1]});
  return jitter;
}

Picture draw_among_all(const pictures::Encoded& encoded, const Jitter& jitter) {
  pictures::Scatter scatter{.title = "among the codes of all",
                            .subtitle = "grey: the mean codes of other images",
                            .axes = {.x = "z0", .y = "z1"}};
  const auto values = encoded.codes.as<float>();
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    scatter.points.push_back({values[i], values[i + 1]});
  scatter.classes.assign(scatter.points.size(), -1);
  scatter.points.insert(scatter.points.end(), jitter.draws.begin(), jitter.draws.end());
  scatter.classes.resize(scatter.points.size(), 0);
  scatter.rings = {jitter.ring};
  scatter.side = panel_side;
  return draw(scatter);
}

Picture draw_alone(const Jitter& jitter) {
  pictures::Scatter scatter{
      .title = "from near",
      .subtitle =
          fmt::format("σ = ({:.3f}, {:.3f})", jitter.ring.radius_x / 2, jitter.ring.radius_y / 2),
      .axes = {.x = "z0", .y = "z1"}};
  scatter.points = jitter.draws;
  scatter.rings = {jitter.ring};
  scatter.side = panel_side;
  return draw(scatter);
}

/// Bells of N(0, 1) and of q(z_j | x), upwards, one beside the other.
class Bells {
 public:
  Bells(const pictures::Plot& plot, double half_width) : plot_(plot), half_width_(half_width) {}

  void draw(pictures::Canvas& canvas, double place, double mean, double deviation,
            pictures::Color color, double opacity) const {
    constexpr int steps = 40;
    std::vector<pictures::Canvas::Point> outline;
    for (const double side : {-1.0, 1.0})  // up the left, down the right
      for (int i = -steps; i <= steps; ++i) {
        const double t = -side * i / steps;
        const double wide = half_width_ * std::exp(-4.5 * t * t);
        outline.push_back({plot_.x(place) + side * wide, plot_.y(mean + 3 * deviation * t)});
      }
    canvas.area(outline, color, opacity);
  }

 private:
  const pictures::Plot& plot_;
  double half_width_;
};

Picture draw_bells(const std::vector<double>& means, const std::vector<double>& deviations) {
  const auto count = static_cast<double>(means.size());
  const pictures::Heading heading(
      "its code",
      "grey: the prior of every dimension; blue: q(z | x), the distribution that the "
      "encoder gives for this image; each as wide as it is probable",
      84 + 90 * count + 24, 14);
  const pictures::Plot plot{.left = 84,
                            .top = heading.height() + 4,
                            .width = 90 * count,
                            .height = 380,
                            .across = {-0.5, count - 0.5},
                            .up = {-3.4, 3.4}};
  pictures::AxisText text{.y = "value"};
  for (std::size_t i = 0; i < means.size(); ++i) text.x_names.push_back(fmt::format("z{}", i));
  pictures::Canvas canvas(heading.width(), plot.top + plot.height + 40, "the code of an image");
  heading.draw(canvas);
  draw_axes(canvas, plot, text);
  canvas.clip(plot.left, plot.top, plot.width, plot.height);
  const Bells bells(plot, 36);
  for (std::size_t i = 0; i < means.size(); ++i) {
    bells.draw(canvas, static_cast<double>(i), 0, 1, {0.6, 0.6, 0.6}, 0.35);
    bells.draw(canvas, static_cast<double>(i), means[i], deviations[i], pictures::series_color(0),
               0.85);
  }
  canvas.unclip();
  draw_frame(canvas, plot);
  return canvas.finish();
}

}  // namespace

Picture jitter(const Studio& studio) {
  Trained trained = studio.train({.model = "vae"});
  const auto encoded = pictures::encode(trained.subject(), 3000);
  const Array image = rows_of(encoded.images, find_eight(encoded), 1);
  const Jitter drawn = draw_jitter(*trained.model, image);
  pictures::Grid grid{.title = "decoded",
                      .subtitle = "first the image, then sixty-three of its codes",
                      .columns = 8,
                      .aim = 440};
  grid.images = pictures::decode(*trained.model, rows_of(drawn.codes, 0, 63), {});
  grid.images.shape[0] = 64;
  grid.images.bytes.insert(grid.images.bytes.begin(), image.bytes.begin(), image.bytes.end());
  return draw(pictures::Panels{
      .title = "One image, encoded five hundred times by a VAE",
      .subtitle =
          "the encoder gives a Gaussian, not a point, and the decoder must draw much the same "
          "image from anywhere in it: neighbouring codes come to mean similar images",
      .pictures = {draw_among_all(encoded, drawn), draw_alone(drawn), draw(grid)}});
}

Picture latent_attributes(const Studio& studio) {
  Trained trained = studio.train({.model = "vae", .latent = 8});
  const auto encoded = pictures::encode(trained.subject(), 200);
  const Array image = rows_of(encoded.images, find_eight(encoded), 1);
  const auto moments = pictures::posterior_moments(*trained.model, image, {}).value();
  const auto mean = moments.mean.as<float>();
  const auto deviation = moments.deviation.as<float>();
  pictures::Grid grid{.title = "image and reconstruction", .images = image, .columns = 2};
  const Array decoded =
      pictures::decode(*trained.model, Array::of<float>({1, 8}, {mean.begin(), mean.end()}), {});
  grid.images.shape[0] = 2;
  grid.images.bytes.insert(grid.images.bytes.end(), decoded.bytes.begin(), decoded.bytes.end());
  return draw(pictures::Panels{
      .title = "What a VAE's code says about one image",
      .subtitle = "an autoencoder would give one number for each dimension",
      .pictures = {draw(grid),
                   draw_bells({mean.begin(), mean.end()}, {deviation.begin(), deviation.end()})}});
}

}  // namespace varve::studio
