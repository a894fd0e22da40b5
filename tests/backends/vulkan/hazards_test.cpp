#include "backends/vulkan/hazards.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace varve::vulkan;
using Access = Binding::Access;

namespace {

VkBuffer block(std::uintptr_t number) { return reinterpret_cast<VkBuffer>(number); }

Binding range(std::uint64_t first, std::uint64_t last, Access access, std::uintptr_t number = 1) {
  return {block(number), first, last - first, access};
}

/// Whether `later` must wait for `earlier`.
bool waits(const Binding& earlier, const Binding& later) {
  Hazards hazards;
  hazards.note({&earlier, 1});
  return hazards.conflict({&later, 1});
}

}  // namespace

TEST_CASE("what is written waits for readers and writers, what is read for writers") {
  for (const Access write : {Access::write, Access::update}) {
    CHECK(waits(range(0, 64, write), range(0, 64, Access::read)));
    CHECK(waits(range(0, 64, Access::read), range(0, 64, write)));
    CHECK(waits(range(0, 64, write), range(0, 64, Access::write)));
    CHECK(waits(range(0, 64, write), range(0, 64, Access::update)));
  }
  CHECK_FALSE(waits(range(0, 64, Access::read), range(0, 64, Access::read)));
}

TEST_CASE(
    "ranges that only touch, and ranges of other blocks, have nothing to do with each other") {
  CHECK_FALSE(waits(range(0, 64, Access::write), range(64, 128, Access::read)));
  CHECK_FALSE(waits(range(64, 128, Access::write), range(0, 64, Access::write)));
  CHECK_FALSE(waits(range(0, 64, Access::write, 1), range(0, 64, Access::read, 2)));
  CHECK(waits(range(0, 65, Access::write), range(64, 128, Access::read)));
  CHECK(waits(range(16, 32, Access::write), range(0, 128, Access::read)));
  CHECK(waits(range(0, 128, Access::write), range(16, 32, Access::read)));
}

TEST_CASE("flags meet flags freely and nothing else") {
  CHECK_FALSE(waits(range(0, 32, Access::flag), range(0, 32, Access::flag)));
  for (const Access other : {Access::read, Access::write, Access::update}) {
    CHECK(waits(range(0, 32, Access::flag), range(0, 32, other)));
    CHECK(waits(range(0, 32, other), range(0, 32, Access::flag)));
  }
}

TEST_CASE("one binding in conflict is enough, and a barrier forgets") {
  Hazards hazards;
  const std::vector<Binding> earlier{range(0, 64, Access::read), range(64, 128, Access::write)};
  hazards.note(earlier);
  const std::vector<Binding> apart{range(0, 64, Access::read), range(128, 192, Access::write)};
  CHECK_FALSE(hazards.conflict(apart));
  const std::vector<Binding> later{range(0, 64, Access::read), range(100, 192, Access::read)};
  CHECK(hazards.conflict(later));
  hazards.clear();
  CHECK_FALSE(hazards.conflict(later));
}
