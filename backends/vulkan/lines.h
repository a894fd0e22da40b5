#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "backends/vulkan/encoder.h"
#include "backends/vulkan/layout.h"

namespace varve::vulkan {

/// How a kernel of shaders/lines.glsl walks lines. It depends on shapes and strides, and on whether
/// a device is a processor, alone: the order of a sum is part of the result.
struct Lines {
  std::uint32_t group = 256;  ///< invocations of a work group
  std::uint32_t lanes = 1;    ///< invocations of a line
  bool across = false;        ///< neighbouring invocations have neighbouring lines
};
/// For `count` lines of `length` elements.
Lines choose_lines(const Traits& traits, std::uint64_t count, std::uint64_t length, bool across);

/// How many steps an invocation may take, in all of its loops together: llvmpipe ends them silently
/// after 65535.
constexpr std::uint64_t software_steps = 60000;
/// Throws ErrorKind::memory if an invocation of a kernel that walks lines of `length` elements
/// would take more.
void check_steps(const Traits& traits, Op op, std::uint64_t length, std::uint64_t steps);

/// Whether the elements of neighbouring lines lie closer together than those of one line.
bool runs_across(const Grid& grid, std::int64_t step);

using Sizes = std::array<std::uint32_t, shader_rank>;
using Steps = std::array<std::int32_t, shader_rank>;

/// How many dimensions, from the last, are in use, as shaders tell apart: 1, 2 or 4.
std::uint32_t rank_of(const Sizes& shape);

/// Specialization constants of a kernel whose lines lie in `shape`.
Constants constants_of(const Lines& lines, const Sizes& shape);
/// Of one with a single invocation for each of its lines.
Lines single_lines(const Traits& traits);
/// Neighbouring elements that one invocation of it takes: several where finding the first one is
/// much of the work, one where neighbouring invocations should have neighbours.
std::uint32_t elements_at_once(const Traits& traits);

/// Sizes, strides and places as shaders take them.
std::uint32_t size_along(const View& view, std::size_t axis);
std::int32_t step_along(const View& view, std::size_t axis);
/// Where the first element of a part of `view` is bound, `place` being where that of `view` is.
std::uint32_t place_of(const View& part, const View& view, std::uint32_t place);

/// The first element of every line along an axis.
View starts_of_lines(View view, std::size_t axis);

/// Dimensions whose order does not matter, merged where their strides allow it.
struct Run {
  Sizes shape{1, 1, 1, 1};
  Steps strides{};
  std::uint32_t count = 1;
};
/// Nothing if more than `shader_rank` dimensions are left.
std::optional<Run> merge_run(const Shape& shape, const Strides& strides);

/// The same elements in packed memory, which lives as long as the view.
View packed(const View& view, Encoder& encoder);
/// Encodes a copy of one dtype.
void copy_view(const View& from, const View& to, Encoder& encoder);

/// If one of the views (of one shape, but for sizes 1 and those along `axis`) reaches too far for a
/// binding, calls f with both halves of all of them, cut where that view reaches farthest, and
/// returns true. It does not cut along `axis`.
bool in_halves(std::span<const View> views, std::size_t axis, std::uint64_t max_range,
               const std::function<void(std::span<const View>)>& f);

}  // namespace varve::vulkan
