#include "backends/vulkan/layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "framework/backend/host.h"

using namespace varve;
using namespace varve::vulkan;

namespace {

constexpr std::uint64_t far_enough = 1 << 27;

View view(Shape shape, Strides strides, std::int64_t offset = 0, DType dtype = DType::f32) {
  return {Buffer(), shape, strides, offset, dtype};
}
View packed(Shape shape, DType dtype = DType::f32) {
  return view(shape, contiguous_strides(shape), 0, dtype);
}

/// The places that several views name together, a row an element.
using Places = std::vector<std::vector<std::int64_t>>;

Places places(std::span<const View> views) {
  Places out;
  const Shape& shape = views[0].shape;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    auto& row = out.emplace_back();
    for (const View& v : views) {
      std::int64_t at = v.offset;
      std::int64_t rest = i;
      for (std::size_t d = shape.size(); d-- > 0; rest /= shape[d]) {
        at += rest % shape[d] * v.strides[d];
      }
      row.push_back(at);
    }
  }
  return out;
}

/// The places that a shader visits.
Places places(const Grid& grid, std::span<const View> views) {
  Places out;
  for (std::uint32_t i = 0; i < grid.count; ++i) {
    auto& row = out.emplace_back();
    for (std::size_t v = 0; v < views.size(); ++v) {
      std::int64_t at = grid.flat ? i : 0;
      std::uint32_t rest = i;
      for (std::size_t d = shader_rank; d-- > 0 && !grid.flat; rest /= grid.shape[d]) {
        at += static_cast<std::int64_t>(rest % grid.shape[d]) * grid.strides[v][d];
      }
      row.push_back(at + views[v].offset);
    }
  }
  return out;
}

struct Walked {
  Places places;
  std::vector<Grid> grids;
};

Walked walk(const std::vector<View>& views, std::uint64_t max_range = far_enough) {
  Walked out;
  for_each_grid(views, max_range, [&](const Grid& grid, std::span<const View> parts) {
    for (const View& part : parts) {
      const Reach r = reach(part);
      CHECK(static_cast<std::uint64_t>(r.last - r.first) * size_of(part.dtype) <= max_range);
    }
    out.grids.push_back(grid);
    const Places found = places(grid, parts);
    out.places.insert(out.places.end(), found.begin(), found.end());
  });
  return out;
}

/// Checks that every element is visited once; returns the grids.
std::vector<Grid> check(const std::vector<View>& views, std::uint64_t max_range = far_enough) {
  Walked walked = walk(views, max_range);
  Places want = places(views);
  std::sort(want.begin(), want.end());
  std::sort(walked.places.begin(), walked.places.end());
  CHECK(walked.places == want);
  return walked.grids;
}

}  // namespace

TEST_CASE("packed views of one shape are flat, whatever their rank") {
  const Shape shape{2, 3, 1, 4, 5, 2};
  const auto grids = check({packed(shape), packed(shape, DType::u8)});
  REQUIRE(grids.size() == 1);
  CHECK(grids[0].flat);
  CHECK(grids[0].count == 240);
  CHECK(check({packed({}), packed({})}).at(0).flat);
}

TEST_CASE("one view that broadcasts keeps its dimensions apart from the rest") {
  const auto grids = check({packed({4, 5, 6}), view({4, 5, 6}, {0, 6, 1}), packed({4, 5, 6})});
  REQUIRE(grids.size() == 1);
  CHECK_FALSE(grids[0].flat);
  CHECK(grids[0].shape == std::array<std::uint32_t, 4>{1, 1, 4, 30});
  CHECK(grids[0].strides[0] == std::array<std::int32_t, 4>{0, 0, 30, 1});
  CHECK(grids[0].strides[1] == std::array<std::int32_t, 4>{0, 0, 0, 1});
}

TEST_CASE("transposed, reversed and repeated views keep the order of their elements") {
  const std::vector<View> views{packed({3, 4}), view({3, 4}, {1, 3}), view({3, 4}, {-4, -1}, 11),
                                view({3, 4}, {0, 0}, 5)};
  Walked walked = walk(views);
  CHECK(walked.places == places(views));
  CHECK(walked.grids.size() == 1);
}

TEST_CASE("more dimensions than a shader loops over are taken apart at the smallest") {
  const Shape shape{3, 2, 4, 3, 5};
  const auto grids = check({packed(shape), view(shape, {1, 3, 6, 24, 72})});
  CHECK(grids.size() == 2);
}

TEST_CASE("views that reach too far come in parts") {
  const std::vector<View> row{packed({1000}), packed({1000})};
  CHECK(check(row, 4 * 1000 + 256).size() == 1);
  CHECK(check(row, 4 * 1000 + 252).size() == 2);
  // The stride makes the range, not the number of elements.
  check({packed({8, 4}), view({8, 4}, {1000, 1})}, 4096);
  check({view({8, 4}, {-1000, 1}, 7000), packed({8, 4})}, 4096);
  check({view({5, 7, 9}, {1, 5, 35}), packed({5, 7, 9})}, 512);
}

TEST_CASE("one element, repeated more often than an i32 counts, is too far") {
  const View many = view({4, (std::int64_t{1} << 32) + 7}, {1, 0});
  CHECK(too_far(many, far_enough));
  CHECK(longest(many) == 1);
  CHECK_FALSE(too_far(view({4, 1 << 20}, {1, 0}), far_enough));
}

TEST_CASE("no elements, no calls") {
  CHECK(walk({packed({3, 0, 2}), packed({3, 0, 2})}).grids.empty());
}
