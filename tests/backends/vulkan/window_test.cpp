#include <doctest/doctest.h>

#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

struct Geometry {
  Shape image;
  Window window;
};

const Geometry geometries[] = {
    {{1, 1, 1, 1}, {{1, 1}, {1, 1}, {0, 0}}},   {{2, 7, 8, 9}, {{3, 3}, {1, 1}, {1, 1}}},
    {{3, 9, 7, 1}, {{2, 3}, {2, 1}, {0, 2}}},   {{1, 33, 31, 5}, {{4, 4}, {2, 2}, {1, 1}}},
    {{2, 5, 6, 33}, {{2, 2}, {3, 3}, {2, 2}}},  // pixels that no window sees
    {{4, 28, 28, 8}, {{3, 3}, {2, 2}, {1, 1}}},
};

Attributes attributes_of(const Geometry& geometry, double outside = 0) {
  Attributes attributes;
  attributes.window = geometry.window;
  attributes.shape = {geometry.image[1], geometry.image[2]};
  attributes.value = outside;
  return attributes;
}

/// The windows of a geometry, as the shape rule makes them.
Shape windows_of(const Geometry& geometry) {
  Attributes attributes = attributes_of(geometry);
  return row(Op::unfold).shapes({{geometry.image, DType::f32}}, attributes)[0].shape;
}

}  // namespace

TEST_SUITE("vulkan: window") {
  TEST_CASE("unfold, and what lies outside") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const Geometry& geometry : geometries) {
      const Operand x = noise(geometry.image);
      check(*rig, {Op::unfold, {x}, attributes_of(geometry)});
      check(*rig, {Op::unfold, {flipped(flipped(x, 1), 3)}, attributes_of(geometry, -1.5)});
      check(*rig, {Op::unfold, {repeated(x, 0, 3)}, attributes_of(geometry)});
    }
  }

  TEST_CASE("fold") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const Geometry& geometry : geometries) {
      const Operand x = noise(windows_of(geometry));
      check(*rig, {Op::fold, {x}, attributes_of(geometry)});
      check(*rig, {Op::fold, {flipped(flipped(x, 2), 5)}, attributes_of(geometry)});
      check(*rig, {Op::fold, {repeated(x, 4, geometry.window.kernel[1])}, attributes_of(geometry)});
      check_repeats(*rig, {Op::fold, {x}, attributes_of(geometry)});
    }
  }

  TEST_CASE("images that no binding reaches at once") {
    const auto rig = make_rig();
    if (!rig) return;
    const Geometry geometry{{20, 9, 9, 2}, {{3, 3}, {1, 1}, {1, 1}}};
    check_in_parts(*rig, 16'000, {Op::unfold, {noise(geometry.image)}, attributes_of(geometry)});
    check_in_parts(*rig, 16'000,
                   {Op::fold, {noise(windows_of(geometry))}, attributes_of(geometry)});
  }
}
