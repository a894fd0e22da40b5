#include "backends/vulkan/lines.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>

#include "backends/vulkan/kernel.h"
#include "framework/core/error.h"

namespace varve::vulkan {

namespace {

// A processor wants a few lines for each of its threads, and as few barriers as may be.
constexpr std::uint32_t software_group = 32;
constexpr std::uint64_t software_lines = 16;
// Longer lines are shared by more lanes, as an invocation may take few steps.
constexpr std::uint64_t software_length = 16384;

std::uint32_t power_of_two(std::uint64_t at_least, std::uint32_t most) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::bit_ceil(at_least), most));
}

}  // namespace

Lines choose_lines(const Traits& traits, std::uint64_t count, std::uint64_t length, bool across) {
  if (traits.software) {
    if (length > software_length * software_group) return {256, 256, across};
    const bool shared =
        length > software_length || (count < software_lines && length >= software_group);
    return {software_group, shared ? software_group : 1, across};
  }
  Lines lines{256, 1, across};
  if (across) {
    // At least 32 neighbouring lines, as far as there are so many.
    const std::uint32_t lanes = lines.group / power_of_two(count, 32);
    lines.lanes = power_of_two(std::max<std::uint64_t>(1, length / 2), lanes);
  } else {
    lines.lanes = power_of_two(std::max<std::uint64_t>(1, (length + 3) / 4), lines.group);
  }
  return lines;
}

void check_steps(const Traits& traits, Op op, std::uint64_t length, std::uint64_t steps) {
  if (!traits.software || steps <= software_steps) return;
  fail(ErrorKind::memory,
       "[{}] lines of {} elements are longer than shaders on this device can walk; use the cpu "
       "backend",
       name(op), length);
}

bool runs_across(const Grid& grid, std::int64_t step) {
  if (grid.shape.back() == 1) return false;
  return std::abs(std::int64_t{grid.strides[0].back()}) < std::abs(step);
}

std::uint32_t rank_of(const Sizes& shape) {
  if (shape[0] > 1 || shape[1] > 1) return 4;
  return shape[2] > 1 ? 2 : 1;
}

Constants constants_of(const Lines& lines, const Sizes& shape) {
  return {lines.group, lines.lanes, lines.across ? 1U : 0U, rank_of(shape)};
}

Lines single_lines(const Traits& traits) { return {traits.software ? 64U : 256U, 1, false}; }

std::uint32_t elements_at_once(const Traits& traits) { return traits.software ? 16 : 1; }

std::uint32_t size_along(const View& view, std::size_t axis) {
  if (view.shape[axis] > std::numeric_limits<std::int32_t>::max()) {
    fail(ErrorKind::memory,
         "[vulkan] {} elements along one axis are more than shaders count; use the cpu backend",
         view.shape[axis]);
  }
  return static_cast<std::uint32_t>(view.shape[axis]);
}

std::int32_t step_along(const View& view, std::size_t axis) {
  return static_cast<std::int32_t>(view.strides[axis]);
}

std::uint32_t place_of(const View& part, const View& view, std::uint32_t place) {
  return place + static_cast<std::uint32_t>(part.offset - view.offset);
}

View starts_of_lines(View view, std::size_t axis) {
  view.shape[axis] = 1;
  return view;
}

std::optional<Run> merge_run(const Shape& shape, const Strides& strides) {
  struct Dimension {
    std::int64_t size, stride;
  };
  std::vector<Dimension> dimensions;
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (shape[d] != 1) dimensions.push_back({shape[d], strides[d]});
  std::stable_sort(dimensions.begin(), dimensions.end(), [](const auto& a, const auto& b) {
    return std::abs(a.stride) > std::abs(b.stride);
  });
  std::vector<Dimension> merged;
  for (const auto& next : dimensions) {
    if (!merged.empty() && merged.back().stride == next.size * next.stride) {
      merged.back() = {merged.back().size * next.size, next.stride};
    } else {
      merged.push_back(next);
    }
  }
  if (merged.size() > shader_rank) return {};
  Run run;
  const std::size_t pad = shader_rank - merged.size();
  for (std::size_t d = 0; d < merged.size(); ++d) {
    run.shape[pad + d] = static_cast<std::uint32_t>(merged[d].size);
    run.strides[pad + d] = static_cast<std::int32_t>(merged[d].stride);
    run.count *= run.shape[pad + d];
  }
  return run;
}

void copy_view(const View& from, const View& to, Encoder& encoder) {
  Attributes attributes;
  attributes.dtype = to.dtype;
  find_kernel(Op::copy).kernel({Op::copy, {from}, {to}, attributes}, encoder);
}

View packed(const View& view, Encoder& encoder) {
  View to = encoder.scratch(view.shape, view.dtype);
  if (view.shape.numel() > 0) copy_view(view, to, encoder);
  return to;
}

bool in_halves(std::span<const View> views, std::size_t axis, std::uint64_t max_range,
               const std::function<void(std::span<const View>)>& f) {
  const auto far = std::find_if(views.begin(), views.end(),
                                [&](const View& view) { return too_far(view, max_range); });
  if (far == views.end()) return false;
  const std::size_t d = longest(*far);
  if (d == axis) return false;
  const std::int64_t size = far->shape[d];
  for (const auto& [begin, end] :
       {std::pair(std::int64_t{0}, size / 2), std::pair(size / 2, size)}) {
    std::vector<View> halves;
    for (const View& view : views)
      halves.push_back(view.shape[d] == size ? narrowed(view, d, begin, end) : view);
    f(halves);
  }
  return true;
}

}  // namespace varve::vulkan
