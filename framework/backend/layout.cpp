#include "framework/backend/layout.h"

#include <algorithm>

#include "framework/backend/host.h"

namespace varve {

bool operator==(const Layout& a, const Layout& b) {
  return a.storage == b.storage && a.offset == b.offset && a.item == b.item && a.count == b.count &&
         a.rank == b.rank &&
         std::equal(a.shape.begin(), a.shape.begin() + a.rank, b.shape.begin()) &&
         std::equal(a.strides.begin(), a.strides.begin() + a.rank, b.strides.begin());
}

Layout layout(const View& view) {
  Layout l;
  l.item = size_of(view.dtype);
  l.count = view.shape.numel();
  if (l.count > 0) {
    l.storage = view.buffer.storage();
    l.offset = view.offset;
  }
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    const std::int64_t size = view.shape[d];
    const std::int64_t stride = view.strides[d];
    if (size == 1) continue;
    if (l.rank > 0 && l.strides[l.rank - 1] == size * stride) {
      l.shape[l.rank - 1] *= size;
      l.strides[l.rank - 1] = stride;
    } else {
      l.shape[l.rank] = size;
      l.strides[l.rank++] = stride;
    }
  }
  return l;
}

ByteRange byte_range(const View& view) {
  const auto [first, last] = reach(view);
  if (first == last) return {};
  const auto item = static_cast<std::int64_t>(size_of(view.dtype));
  return {view.buffer.storage(), first * item, last * item};
}

bool is_empty(const Command& command) {
  return std::all_of(command.out.begin(), command.out.end(),
                     [](const View& view) { return view.shape.numel() == 0; });
}

}  // namespace varve
