#include "backends/vulkan/hazards.h"

#include <algorithm>

namespace varve::vulkan {

namespace {

bool overlaps(const Binding& a, const Binding& b) {
  return a.block == b.block && a.offset < b.offset + b.range && b.offset < a.offset + a.range;
}

bool overlaps(const std::vector<Binding>& noted, const Binding& binding) {
  return std::any_of(noted.begin(), noted.end(),
                     [&](const Binding& other) { return overlaps(other, binding); });
}

}  // namespace

bool Hazards::conflict(std::span<const Binding> bindings) const {
  return std::any_of(bindings.begin(), bindings.end(), [&](const Binding& binding) {
    if (overlaps(writes_, binding)) return true;
    if (binding.access == Binding::Access::flag) return overlaps(reads_, binding);
    if (overlaps(flags_, binding)) return true;
    return binding.access != Binding::Access::read && overlaps(reads_, binding);
  });
}

void Hazards::note(std::span<const Binding> bindings) {
  for (const Binding& binding : bindings) {
    switch (binding.access) {
      case Binding::Access::read:
        reads_.push_back(binding);
        break;
      case Binding::Access::flag:
        flags_.push_back(binding);
        break;
      case Binding::Access::write:
      case Binding::Access::update:
        writes_.push_back(binding);
        break;
    }
  }
}

void Hazards::clear() {
  reads_.clear();
  writes_.clear();
  flags_.clear();
}

}  // namespace varve::vulkan
