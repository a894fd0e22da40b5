#include "backends/vulkan/encoder.h"

#include <algorithm>

#include "framework/backend/host.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve::vulkan {

namespace {

// At least what a vec4 of floats needs, so that shaders may read by vec4 on every device.
constexpr std::uint64_t least_alignment = 16;
// What is bound in place of no elements.
constexpr std::uint64_t empty_range = 16;

}  // namespace

std::uint32_t Dispatch::bind(const View& view, Binding::Access access) {
  if (count_ == bindings_.size()) {
    fail(ErrorKind::usage, "[{}] a shader binds at most {} buffers", varve::name(op_),
         bindings_.size());
  }
  const Allocation& memory = allocation(view.buffer);
  const Reach elements = reach(view);
  if (elements.last == elements.first) {
    bindings_[count_++] = {memory.block, memory.offset, empty_range, access};
    return 0;
  }
  const std::uint64_t item = size_of(view.dtype);
  const std::uint64_t alignment =
      std::max<std::uint64_t>(traits_->buffer_alignment, least_alignment);
  const auto at = [&](std::int64_t element) {
    return memory.offset + static_cast<std::uint64_t>(element) * item;
  };
  const std::uint64_t start = at(elements.first) / alignment * alignment;
  const std::uint64_t end = (at(elements.last) + 3) / 4 * 4;
  if (end - start > traits_->max_range) {
    fail(ErrorKind::memory,
         "[{}] a tensor of {} {} reaches over {} bytes, and the device's shaders over {} at most; "
         "use a smaller batch or model",
         varve::name(op_), view.shape.str(), varve::name(view.dtype), end - start,
         traits_->max_range);
  }
  bindings_[count_++] = {memory.block, start, end - start, access};
  return static_cast<std::uint32_t>((at(view.offset) - start) / item);
}

void Dispatch::flag(const Buffer& status) {
  const Allocation& memory = allocation(status);
  bindings_[count_++] = {memory.block, memory.offset, memory.bytes, Binding::Access::flag};
}

Binding range_of(const View& view, Binding::Access access) {
  const Allocation& memory = allocation(view.buffer);
  const std::uint64_t item = size_of(view.dtype);
  return {memory.block, memory.offset + static_cast<std::uint64_t>(view.offset) * item,
          static_cast<std::uint64_t>(view.shape.numel()) * item, access};
}

Groups groups_for(const Traits& traits, std::uint64_t count, std::uint32_t per_group) {
  const std::uint64_t groups = std::max<std::uint64_t>(1, (count + per_group - 1) / per_group);
  if (groups <= traits.max_groups) return {static_cast<std::uint32_t>(groups), 1, 1};
  // As square as need be, so that few groups of the last row have nothing to do.
  const std::uint64_t rows = (groups + traits.max_groups - 1) / traits.max_groups;
  if (rows > traits.max_groups) {
    fail(ErrorKind::memory,
         "[vulkan] {} work groups are more than the device takes; use a smaller batch", groups);
  }
  return {static_cast<std::uint32_t>((groups + rows - 1) / rows), static_cast<std::uint32_t>(rows),
          1};
}

}  // namespace varve::vulkan
