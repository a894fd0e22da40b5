#include "framework/core/shape.h"

#include <doctest/doctest.h>

#include <limits>
#include <utility>

#include "framework/core/dtype.h"
#include "framework/core/error.h"

using namespace varve;

TEST_CASE("Dims is a short list with value semantics") {
  Dims d{2, 3};
  d.push_back(4);
  d.insert(0, 1);
  CHECK(d == Dims{1, 2, 3, 4});
  d.erase(1);
  CHECK(d == Dims{1, 3, 4});
  CHECK(d.numel() == 12);
  CHECK(Dims{}.numel() == 1);
  CHECK(d.str() == "(1, 3, 4)");
  CHECK_THROWS_WITH_AS((Dims{1, 1, 1, 1, 1, 1, 1, 1, 1}), doctest::Contains("at most 8"), Error);
}

TEST_CASE("Dims of every length copies, moves, grows and shrinks alike") {
  for (std::size_t from = 0; from <= Dims::max_rank; ++from)
    for (std::size_t to = 0; to <= Dims::max_rank; ++to) {
      CAPTURE(from);
      CAPTURE(to);
      Dims want;
      for (std::size_t i = 0; i < from; ++i) want.push_back(static_cast<std::int64_t>(i));
      Dims copy = want, assigned = Dims::filled(to, 7), moved = Dims::filled(to, 7);
      CHECK(copy == want);
      assigned = want;
      CHECK(assigned == want);
      moved = std::move(copy);
      CHECK(moved == want);
      copy = Dims::filled(to, 7);
      CHECK(copy == Dims::filled(to, 7));
      while (moved.size() > to) moved.erase(moved.size() - 1);
      while (moved.size() < to) moved.insert(0, -1);
      for (std::size_t i = 0; i < to; ++i) {
        const auto front = to > from ? to - from : 0;
        CHECK(moved[i] == (i < front ? -1 : static_cast<std::int64_t>(i - front)));
      }
      CHECK((moved == want) == (from == to));
    }
  Dims middle{0, 1, 3, 4};
  middle.insert(2, 2);
  CHECK(middle == Dims{0, 1, 2, 3, 4});
  middle.erase(0);
  CHECK(middle == Dims{1, 2, 3, 4});
}

TEST_CASE("a number of elements that does not fit in 63 bits is an error, empty or not") {
  constexpr std::int64_t half = std::int64_t{1} << 62;
  CHECK((Dims{half, 1}).numel() == half);
  CHECK((Dims{half, 0}).numel() == 0);
  for (const Shape& shape : {Shape{half, 2}, Shape{half, half, half}, Shape{0, half, half},
                             Shape{half, half, 0}, Shape{1LL << 32, 1LL << 32}}) {
    CHECK_THROWS_WITH_AS(shape.numel(), doctest::Contains("larger than 2^63 - 1 elements"), Error);
    CHECK_THROWS_AS(contiguous_strides(shape), Error);
  }
  CHECK_THROWS_WITH_AS((Dims{2, -3}).numel(), "[shape] a size is negative: (2, -3)", Error);
  CHECK_THROWS_AS((Dims{-2, -3}).numel(), Error);
  CHECK_THROWS_AS((Dims{0, -3}).numel(), Error);
}

TEST_CASE("sums and products of sizes are checked") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(checked_add(most - 1, 1, "pad") == most);
  CHECK(checked_mul(-4, 5, "pad") == -20);
  CHECK_THROWS_WITH_AS(checked_add(most, 1, "pad"), doctest::Contains("[pad] "), Error);
  CHECK_THROWS_AS(checked_mul(most, 2, "pad"), Error);
}

TEST_CASE("contiguous strides are row-major") {
  CHECK(contiguous_strides({2, 3, 4}) == Strides{12, 4, 1});
  CHECK(contiguous_strides({}) == Strides{});
}

TEST_CASE("broadcasting follows NumPy") {
  CHECK(broadcast({3, 1}, {4}, "add") == Shape{3, 4});
  CHECK(broadcast({}, {2, 2}, "add") == Shape{2, 2});
  CHECK(broadcast({0}, {1}, "add") == Shape{0});
  CHECK_THROWS_WITH_AS(broadcast({3}, {4}, "add"), doctest::Contains("[add] shapes (3) and (4)"),
                       Error);
}

TEST_CASE("axes may count from the end") {
  CHECK(normalize_axis(-1, 3, "sum") == 2);
  CHECK_THROWS_AS(normalize_axis(3, 3, "sum"), Error);
  CHECK_THROWS_AS(normalize_axis(-4, 3, "sum"), Error);
}

TEST_CASE("dtypes promote towards the float") {
  CHECK(promote(DType::boolean, DType::u8) == DType::u8);
  CHECK(promote(DType::i64, DType::i32) == DType::i64);
  CHECK(promote(DType::i64, DType::f32) == DType::f32);
  CHECK(promote(DType::f64, DType::f32) == DType::f64);
  CHECK(name(DType::boolean) == "bool");
}
