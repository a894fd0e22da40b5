#include "apps/studio/pictures/palette.h"

#include <algorithm>
#include <set>
#include <span>

namespace varve::studio::pictures {
namespace {

using Rgb = Palette::Rgb;

constexpr std::size_t most_colors = 256;
constexpr std::size_t cells = std::size_t{1} << 15;

/// A colour's upper five bits of each channel.
std::size_t cell_of(const Rgb& color) {
  return (std::size_t{color[0]} >> 3U << 10U) | (std::size_t{color[1]} >> 3U << 5U) |
         (std::size_t{color[2]} >> 3U);
}

/// The colours of one cell: how many pixels have them, and their sum.
struct Cell {
  std::size_t index = 0;
  std::int64_t pixels = 0;
  std::array<std::int64_t, 3> sum{};

  std::int64_t mean(std::size_t channel) const { return sum[channel] / pixels; }
};

template <class F>
void for_each_pixel(const Array& image, F function) {
  const auto bytes = image.as<std::uint8_t>();
  for (std::size_t i = 0; i < bytes.size(); i += 3)
    function(Rgb{bytes[i], bytes[i + 1], bytes[i + 2]});
}

/// All colours, in order, as long as they are no more than fit.
std::set<Rgb> distinct_colors(const std::vector<Array>& images) {
  std::set<Rgb> colors;
  for (const auto& image : images)
    for_each_pixel(image, [&](const Rgb& color) {
      if (colors.size() <= most_colors) colors.insert(color);
    });
  return colors;
}

std::vector<Cell> count_cells(const std::vector<Array>& images) {
  std::vector<Cell> all(cells);
  for (const auto& image : images)
    for_each_pixel(image, [&](const Rgb& color) {
      Cell& cell = all[cell_of(color)];
      ++cell.pixels;
      for (std::size_t c = 0; c < 3; ++c) cell.sum[c] += color[c];
    });
  std::vector<Cell> used;
  for (std::size_t i = 0; i < cells; ++i)
    if (all[i].pixels > 0) {
      used.push_back(all[i]);
      used.back().index = i;
    }
  return used;
}

using Box = std::span<Cell>;

/// The channel along which a box is longest, and how long it is.
std::pair<std::size_t, std::int64_t> longest_side(Box box) {
  std::pair<std::size_t, std::int64_t> longest{0, -1};
  for (std::size_t c = 0; c < 3; ++c) {
    const auto [low, high] =
        std::minmax_element(box.begin(), box.end(),
                            [&](const Cell& a, const Cell& b) { return a.mean(c) < b.mean(c); });
    if (high->mean(c) - low->mean(c) > longest.second) longest = {c, high->mean(c) - low->mean(c)};
  }
  return longest;
}

/// Splits a box so that about half of its pixels lie on either side.
std::pair<Box, Box> split(Box box) {
  const std::size_t channel = longest_side(box).first;
  std::stable_sort(box.begin(), box.end(),
                   [&](const Cell& a, const Cell& b) { return a.mean(channel) < b.mean(channel); });
  std::int64_t total = 0;
  for (const auto& cell : box) total += cell.pixels;
  std::int64_t before = 0;
  std::size_t cut = 0;
  while (cut + 1 < box.size() && (cut == 0 || 2 * before < total)) before += box[cut++].pixels;
  return {box.first(cut), box.subspan(cut)};
}

std::vector<Box> median_cut(std::vector<Cell>& used) {
  std::vector<Box> boxes{Box(used)};
  while (boxes.size() < most_colors) {
    const auto widest = std::max_element(boxes.begin(), boxes.end(), [](Box a, Box b) {
      return longest_side(a).second < longest_side(b).second;
    });
    if (widest->size() < 2) break;
    const auto [first, second] = split(*widest);
    *widest = first;
    boxes.push_back(second);
  }
  return boxes;
}

}  // namespace

Palette::Palette(const std::vector<Array>& images) {
  const auto distinct = distinct_colors(images);
  exact_ = distinct.size() <= most_colors;
  if (exact_) {
    colors_.assign(distinct.begin(), distinct.end());
    return;
  }
  auto used = count_cells(images);
  nearest_.resize(cells);
  for (const Box& box : median_cut(used)) {
    std::array<std::int64_t, 3> sum{};
    std::int64_t pixels = 0;
    for (const auto& cell : box) {
      nearest_[cell.index] = static_cast<std::uint8_t>(colors_.size());
      pixels += cell.pixels;
      for (std::size_t c = 0; c < 3; ++c) sum[c] += cell.sum[c];
    }
    Rgb color{};
    for (std::size_t c = 0; c < 3; ++c) color[c] = static_cast<std::uint8_t>(sum[c] / pixels);
    colors_.push_back(color);
  }
}

std::vector<std::uint8_t> Palette::indices(const Array& image) const {
  std::vector<std::uint8_t> out;
  out.reserve(image.bytes.size() / 3);
  for_each_pixel(image, [&](const Rgb& color) {
    if (!exact_) {
      out.push_back(nearest_[cell_of(color)]);
      return;
    }
    const auto found = std::lower_bound(colors_.begin(), colors_.end(), color);
    out.push_back(static_cast<std::uint8_t>(found - colors_.begin()));
  });
  return out;
}

}  // namespace varve::studio::pictures
