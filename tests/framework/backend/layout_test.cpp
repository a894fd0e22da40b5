#include "framework/backend/layout.h"

#include <doctest/doctest.h>

#include <memory>

namespace varve {
namespace {

View view_of(Shape shape, Strides strides, std::int64_t offset = 0) {
  static const Buffer buffer(std::make_shared<Storage>());
  return {buffer, shape, strides, offset, DType::f32};
}
View packed(Shape shape, std::int64_t offset = 0) {
  return view_of(shape, contiguous_strides(shape), offset);
}

}  // namespace

TEST_CASE("layout: dimensions merge where memory allows") {
  CHECK(layout(packed({2, 3, 4})).flat());
  CHECK(layout(packed({2, 3, 4})).rank == 1);
  CHECK(layout(packed({2, 3, 4})).count == 24);
  CHECK(layout(packed({})).flat());
  CHECK(layout(view_of({1, 3, 4}, {999, 4, 1})).flat());  // of no consequence for a size of 1

  const Layout columns = layout(view_of({4, 3}, {1, 4}));
  CHECK_FALSE(columns.flat());
  CHECK(columns.rank == 2);

  const Layout everywhere = layout(view_of({3, 4}, {0, 0}, 5));
  CHECK(everywhere.constant());
  CHECK_FALSE(everywhere.flat());
}

TEST_CASE("layout: the same elements in the same order are equal, whatever the shape") {
  CHECK(layout(packed({2, 3, 4})) == layout(packed({6, 4})));
  CHECK(layout(view_of({2, 3, 4}, {24, 8, 2})) == layout(view_of({6, 4}, {8, 2})));
  CHECK_FALSE(layout(packed({6, 4})) == layout(packed({6, 4}, 1)));
  CHECK_FALSE(layout(packed({4, 4})) == layout(view_of({4, 4}, {1, 4})));
  View other = packed({6, 4});
  other.buffer = Buffer(std::make_shared<Storage>());
  CHECK_FALSE(layout(packed({6, 4})) == layout(other));
  View integers = packed({6, 4});
  integers.dtype = DType::i64;
  CHECK_FALSE(layout(packed({6, 4})) == layout(integers));
}

TEST_CASE("layout: byte ranges tell views that may meet from views that cannot") {
  const auto upper = byte_range(packed({2, 4}));
  const auto lower = byte_range(packed({2, 4}, 8));
  CHECK_FALSE(upper.overlaps(lower));
  CHECK(upper.overlaps(byte_range(packed({2, 4}, 4))));
  const auto backwards = byte_range(view_of({8}, {-1}, 7));
  CHECK(backwards.overlaps(upper));
  CHECK_FALSE(backwards.overlaps(lower));
  CHECK_FALSE(byte_range(packed({0, 4})).overlaps(upper));
  View other = packed({2, 4});
  other.buffer = Buffer(std::make_shared<Storage>());
  CHECK_FALSE(byte_range(other).overlaps(upper));
}

}  // namespace varve
