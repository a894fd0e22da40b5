#include "backends/vulkan/layout.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "framework/backend/host.h"

namespace varve::vulkan {

namespace {

// A bound range starts up to this many bytes before what a view reaches.
constexpr std::uint64_t slack = 256;
constexpr std::int64_t most_elements = std::numeric_limits<std::int32_t>::max();

/// Dimensions of several views, neighbours merged, outermost first.
struct Merged {
  std::vector<std::int64_t> shape;
  std::vector<std::vector<std::int64_t>> strides;  ///< one a view
};

Merged merge(std::span<const View> views) {
  Merged merged;
  merged.strides.resize(views.size());
  const Shape& shape = views[0].shape;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    bool joins = !merged.shape.empty();
    for (std::size_t v = 0; v < views.size() && joins; ++v) {
      joins = merged.strides[v].back() == shape[d] * views[v].strides[d];
    }
    if (joins) {
      merged.shape.back() *= shape[d];
    } else {
      merged.shape.push_back(shape[d]);
    }
    for (std::size_t v = 0; v < views.size(); ++v) {
      if (joins) merged.strides[v].pop_back();
      merged.strides[v].push_back(views[v].strides[d]);
    }
  }
  return merged;
}

/// [begin, end) of every view along dimension d.
std::vector<View> part(std::span<const View> views, std::size_t d, std::int64_t begin,
                       std::int64_t end) {
  std::vector<View> parts;
  for (const View& view : views) parts.push_back(narrowed(view, d, begin, end));
  return parts;
}

std::size_t largest(const Shape& shape) {
  return static_cast<std::size_t>(std::max_element(shape.begin(), shape.end()) - shape.begin());
}

/// The smallest dimension of more than one index: taking it apart makes the fewest pieces.
std::size_t smallest(const Shape& shape) {
  std::size_t best = shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] > 1 && (best == shape.size() || shape[d] < shape[best])) best = d;
  }
  return best;
}

Grid grid_of(const Merged& merged) {
  Grid grid;
  const std::size_t pad = shader_rank - merged.shape.size();
  for (std::size_t d = 0; d < merged.shape.size(); ++d) {
    grid.shape[pad + d] = static_cast<std::uint32_t>(merged.shape[d]);
    grid.count *= grid.shape[pad + d];
  }
  grid.flat = merged.shape.size() <= 1;
  for (const auto& strides : merged.strides) {
    auto& row = grid.strides.emplace_back();
    for (std::size_t d = 0; d < strides.size(); ++d) {
      row[pad + d] = static_cast<std::int32_t>(strides[d]);
      grid.flat = grid.flat && strides[d] == 1;
    }
  }
  return grid;
}

}  // namespace

bool too_far(const View& view, std::uint64_t max_range) {
  const Reach elements = reach(view);
  const std::int64_t count = elements.last - elements.first;
  return count > most_elements || view.shape.numel() > most_elements ||
         static_cast<std::uint64_t>(count) * size_of(view.dtype) + slack > max_range;
}

std::size_t longest(const View& view) {
  std::size_t best = 0;
  std::int64_t most = -1;
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    const std::int64_t steps = (view.shape[d] - 1) * view.strides[d];
    const std::int64_t length = std::max(std::abs(steps), view.shape[d] - 1);
    if (view.shape[d] > 1 && length > most) {
      most = length;
      best = d;
    }
  }
  return best;
}

View narrowed(View view, std::size_t d, std::int64_t begin, std::int64_t end) {
  view.offset += begin * view.strides[d];
  view.shape[d] = end - begin;
  return view;
}

void for_each_grid(std::span<const View> views, std::uint64_t max_range,
                   const std::function<void(const Grid&, std::span<const View>)>& f) {
  const Shape& shape = views[0].shape;
  const std::int64_t count = shape.numel();
  if (count == 0) return;
  const auto halves = [&](std::size_t d) {
    const std::int64_t middle = shape[d] / 2;
    for_each_grid(part(views, d, 0, middle), max_range, f);
    for_each_grid(part(views, d, middle, shape[d]), max_range, f);
  };
  for (const View& view : views) {
    if (too_far(view, max_range)) return halves(longest(view));
  }
  if (count > most_elements) return halves(largest(shape));
  const Merged merged = merge(views);
  if (merged.shape.size() <= shader_rank) return f(grid_of(merged), views);
  const std::size_t d = smallest(shape);
  for (std::int64_t i = 0; i < shape[d]; ++i) {
    for_each_grid(part(views, d, i, i + 1), max_range, f);
  }
}

}  // namespace varve::vulkan
