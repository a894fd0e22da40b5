#include "backends/vulkan/encoder.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"

using namespace varve;
using namespace varve::vulkan;
using Access = Binding::Access;

namespace {

const Shader shader{"none", {}};

Traits traits(std::uint32_t alignment = 16, std::uint64_t max_range = 1 << 20) {
  Traits t;
  t.buffer_alignment = alignment;
  t.max_range = max_range;
  t.max_groups = 100;
  return t;
}

/// Memory in name only, 1024 bytes into its block.
Buffer memory(std::size_t bytes) {
  auto part = std::make_shared<Allocation>();
  part->bytes = bytes;
  part->block = reinterpret_cast<VkBuffer>(std::uintptr_t{7});
  part->offset = 1024;
  part->capacity = (bytes + 255) / 256 * 256;
  return Buffer(std::move(part));
}

View view(Shape shape, Strides strides, std::int64_t offset = 0, DType dtype = DType::f32) {
  return {memory(4096), shape, strides, offset, dtype};
}

}  // namespace

TEST_CASE("a binding covers what the view reaches, from an aligned start") {
  const Traits t = traits();
  Dispatch d(t, shader, Op::add);
  CHECK(d.read(view({10}, {1}, 5)) == 1);  // 20 bytes in: 16, and one element
  CHECK(d.write(view({2, 3}, {100, 2}, 8)) == 0);
  CHECK(d.update(view({5}, {-2}, 20)) == 8);  // elements 12 to 20
  REQUIRE(d.bindings().size() == 3);
  CHECK(d.bindings()[0].offset == 1024 + 16);
  CHECK(d.bindings()[0].range == 4 + 40);
  CHECK(d.bindings()[0].access == Access::read);
  CHECK(d.bindings()[1].offset == 1024 + 32);
  CHECK(d.bindings()[1].range == 105 * 4);
  CHECK(d.bindings()[1].access == Access::write);
  CHECK(d.bindings()[2].offset == 1024 + 48);
  CHECK(d.bindings()[2].range == 9 * 4);
  CHECK(d.bindings()[2].access == Access::update);
}

TEST_CASE("ranges of small and large elements end at whole words") {
  const Traits t = traits(4);
  Dispatch d(t, shader, Op::copy);
  CHECK(d.read(view({5}, {1}, 19, DType::u8)) == 3);
  CHECK(d.bindings()[0].offset == 1024 + 16);
  CHECK(d.bindings()[0].range == 8);
  CHECK(d.read(view({2}, {1}, 3, DType::i64)) == 1);
  CHECK(d.bindings()[1].offset == 1024 + 16);
  CHECK(d.bindings()[1].range == 24);
  const Traits coarse = traits(256);
  Dispatch other(coarse, shader, Op::copy);
  CHECK(other.read(view({2}, {1}, 63, DType::i64)) == 31);
  CHECK(other.bindings()[0].offset == 1024 + 256);
}

TEST_CASE("no elements bind the start of the memory, and status words as a whole") {
  const Traits t = traits();
  Dispatch d(t, shader, Op::gather);
  CHECK(d.read({memory(0), {0, 3}, {3, 1}, 0, DType::f32}) == 0);
  CHECK(d.bindings()[0].offset == 1024);
  CHECK(d.bindings()[0].range == 16);
  d.flag(memory(32));
  CHECK(d.bindings()[1].range == 32);
  CHECK(d.bindings()[1].access == Access::flag);
}

TEST_CASE("a view that reaches too far, and one buffer too many, are errors") {
  const Traits t = traits(16, 128);
  Dispatch d(t, shader, Op::add);
  d.read(view({32}, {1}));
  CHECK_THROWS_WITH_AS(d.read(view({3}, {16})),
                       "[add] a tensor of (3) f32 reaches over 132 bytes, and the device's shaders "
                       "over 128 at most; use a smaller batch or model",
                       Error);
  for (int i = 0; i < 7; ++i) d.read(view({1}, {1}));
  CHECK_THROWS_AS(d.read(view({1}, {1})), Error);
}

TEST_CASE("work groups go over two axes where one does not hold them") {
  const Traits t = traits();
  const auto groups = [&](std::uint64_t count) {
    const Groups g = groups_for(t, count, 8);
    CHECK(g.x <= 100);
    CHECK(g.y <= 100);
    CHECK(std::uint64_t{g.x} * g.y * 8 >= count);
    CHECK(g.z == 1);
    return std::uint64_t{g.x} * g.y;
  };
  CHECK(groups(0) == 1);
  CHECK(groups(8) == 1);
  CHECK(groups(9) == 2);
  CHECK(groups(800) == 100);
  CHECK(groups(801) == 102);
  CHECK(groups(80000) == 10000);
  CHECK_THROWS_AS(groups_for(t, 80001, 8), Error);
}
