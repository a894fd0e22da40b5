#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "framework/backend/backend.h"

namespace varve::vulkan {

/// Dimensions that shaders with general addressing loop over.
inline constexpr std::size_t shader_rank = 4;

/// Several views of one shape, walked together: dimensions that every view allows are merged.
/// Strides belong to `shape`; both are filled up in front with 1 and 0 to `shader_rank`.
struct Grid {
  std::array<std::uint32_t, shader_rank> shape{1, 1, 1, 1};
  std::vector<std::array<std::int32_t, shader_rank>> strides;  ///< one a view
  std::uint32_t count = 1;
  bool flat = false;  ///< every view is packed in the same order (or one element): index = offset
};

/// Whether a view reaches over more than `max_range` bytes, or over (or has, repeated) more
/// elements than an i32 counts: then no binding holds it, or no shader walks it.
bool too_far(const View& view, std::uint64_t max_range);
/// The dimension along which a view reaches farthest; repeated elements count as if they were
/// apart.
std::size_t longest(const View& view);
/// Indices [begin, end) of dimension d.
View narrowed(View view, std::size_t d, std::int64_t begin, std::int64_t end);

/// Calls f(grid, views) once, or several times for views that a shader cannot take at once: because
/// they have more dimensions left than `shader_rank`, or because one of them reaches over more than
/// `max_range` bytes. The views of a call are parts of the given ones.
void for_each_grid(std::span<const View> views, std::uint64_t max_range,
                   const std::function<void(const Grid&, std::span<const View>)>& f);

}  // namespace varve::vulkan
