#include <fmt/format.h>

#include <algorithm>

#include "apps/studio/pictures/canvas.h"
#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "apps/studio/pictures/plot.h"
#include "framework/core/error.h"

namespace varve::studio::pictures {
namespace {

/// The decoded codes, a row of `steps` for each dimension.
struct Moved {
  std::vector<std::int64_t> dimensions;
  std::vector<double> kl;      ///< of each of them; empty where there is no such term
  std::vector<double> places;  ///< in standard deviations
  Array images;
};

Moved move(const Subject& subject, const TraversalOptions& options) {
  const Spread spread = find_spread(subject);
  const Encoded encoded = encode(subject, options.index + 1);
  if (encoded.codes.shape[0] <= options.index)
    fail(ErrorKind::usage, "[traverse] --index {}: there are {} examples, counted from 0",
         options.index, encoded.codes.shape[0]);
  const std::int64_t latent = subject.model.latent_size();
  const auto size = static_cast<std::size_t>(latent);
  const auto index = static_cast<std::size_t>(options.index);
  const auto start = encoded.codes.as<float>().subspan(index * size, size);
  Moved moved;
  for (std::int64_t step = 0; step < options.steps; ++step)
    moved.places.push_back(
        options.range *
        (2 * static_cast<double>(step) / static_cast<double>(options.steps - 1) - 1));
  std::vector<float> codes;
  for (std::size_t row = 0; row < static_cast<std::size_t>(std::min(options.rows, latent)); ++row) {
    const auto dimension = static_cast<std::size_t>(spread.order[row]);
    for (const double place : moved.places) {
      codes.insert(codes.end(), start.begin(), start.end());
      codes[codes.size() - size + dimension] =
          static_cast<float>(spread.mean[dimension] + place * spread.deviation[dimension]);
    }
    moved.dimensions.push_back(spread.order[row]);
    if (!spread.kl.empty()) moved.kl.push_back(spread.kl[dimension]);
  }
  const auto count = static_cast<std::int64_t>(codes.size()) / latent;
  std::vector<int> labels;
  if (subject.model.classes() > 0)
    labels.assign(static_cast<std::size_t>(count), encoded.labels.at(index));
  moved.images = decode(subject.model, Array::of<float>({count, latent}, codes), labels);
  return moved;
}

std::string place_text(double place) { return place == 0 ? "0" : number_text(place, 3) + "σ"; }

/// Image `index` of each of `rows` rows of `columns`.
Array column_of(const Array& images, std::int64_t columns, std::int64_t index) {
  const std::int64_t rows = images.shape[0] / columns;
  const auto each = static_cast<std::ptrdiff_t>(images.bytes.size()) / images.shape[0];
  Array out{images.dtype, images.shape, {}};
  out.shape[0] = rows;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto first = images.bytes.begin() + (row * columns + index) * each;
    out.bytes.insert(out.bytes.end(), first, first + each);
  }
  return out;
}

/// A picture above a line on which a dot shows where in [-range, range] it is.
Picture with_slider(const Picture& picture, double place, double range) {
  constexpr double room = 46;
  constexpr double inset = 40;
  const double y = picture.height() + 8;
  Canvas canvas(picture.width(), picture.height() + room, picture.title());
  canvas.place(picture, 0, 0);
  const Plot track{.left = inset,
                   .top = y,
                   .width = picture.width() - 2 * inset,
                   .height = 1,
                   .across = {-range, range},
                   .up = {}};
  canvas.line(inset, y, inset + track.width, y, {.color = rule, .width = 2});
  for (const double tick : {-range, 0.0, range}) {
    canvas.line(track.x(tick), y - 4, track.x(tick), y + 4, {.color = faint_ink});
    canvas.text(place_text(tick), track.x(tick), y + 22,
                {.align = Align::centre, .color = faint_ink});
  }
  canvas.dot(track.x(place), y, 6, Marker::circle, series_color(0), 1);
  return canvas.finish();
}

}  // namespace

Picture traversal(const Subject& subject, const TraversalOptions& options) {
  Moved moved = move(subject, options);
  Grid grid{.title = subject.name + ": traversals", .columns = options.steps};
  grid.subtitle = fmt::format("a row moves one dimension of the code of example {}", options.index);
  for (const double place : moved.places) grid.column_labels.push_back(place_text(place));
  for (std::size_t row = 0; row < moved.dimensions.size(); ++row)
    grid.row_labels.push_back(
        moved.kl.empty() ? fmt::format("z{}", moved.dimensions[row])
                         : fmt::format("z{}  KL {:.2f}", moved.dimensions[row], moved.kl[row]));
  grid.images = std::move(moved.images);
  return draw(grid);
}

std::vector<Picture> moving_traversal(const Subject& subject, const TraversalOptions& options) {
  const Moved moved = move(subject, options);
  Grid grid{.title = subject.name + ": traversals",
            .subtitle = fmt::format("an image moves one dimension of the code of example {}",
                                    options.index),
            .brightness = find_brightness(moved.images),
            .columns = static_cast<std::int64_t>(moved.dimensions.size())};
  for (const auto dimension : moved.dimensions)
    grid.column_labels.push_back(fmt::format("z{}", dimension));
  std::vector<Picture> frames;
  for (std::int64_t step = 0; step < options.steps; ++step) {
    grid.images = column_of(moved.images, options.steps, step);
    frames.push_back(
        with_slider(draw(grid), moved.places[static_cast<std::size_t>(step)], options.range));
  }
  return frames;
}

}  // namespace varve::studio::pictures
