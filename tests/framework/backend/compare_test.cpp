#include "framework/backend/compare.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace varve {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::optional<Difference> compare(std::vector<float> got, std::vector<double> want,
                                  Tolerance tolerance, std::vector<double> magnitude = {}) {
  const auto array = Array::of<float>({static_cast<std::int64_t>(got.size())}, got);
  return first_difference(array, want, magnitude, tolerance);
}

}  // namespace

TEST_CASE("compare: the first difference beyond the tolerance") {
  CHECK_FALSE(compare({1, 2}, {1 + 1e-7, 2 - 1e-7}, {1e-6, 0}));
  CHECK_FALSE(compare({100}, {100.05}, {0, 1e-3}));
  const auto found = compare({1, 2, 3}, {1, 2.5, 4}, {0, 0.1});
  REQUIRE(found);
  CHECK(found->index == 1);
  CHECK(found->got == 2);
  CHECK(found->want == 2.5);
}

TEST_CASE("compare: exact means what f32 can hold") {
  CHECK_FALSE(compare({0.1F}, {0.1}, {0, 0}));
  CHECK(compare({0.1F}, {0.1 + 1e-8}, {0, 0}));
  CHECK_FALSE(compare({std::numeric_limits<float>::infinity()}, {1e300}, {0, 0}));
}

TEST_CASE("compare: what is not finite must be the same") {
  const auto bad = std::numeric_limits<float>::quiet_NaN();
  const auto huge = std::numeric_limits<float>::infinity();
  CHECK_FALSE(compare({bad, huge, -huge}, {nan, inf, -inf}, {}));
  CHECK(compare({bad}, {1}, {1, 1}));
  CHECK(compare({1}, {nan}, {1, 1}));
  CHECK(compare({huge}, {-inf}, {1, 1}));
  CHECK(compare({huge}, {1}, {1, 1}));
  CHECK(compare({1}, {inf}, {1, 1}));
}

TEST_CASE("compare: sums are judged beside the magnitude of their terms") {
  CHECK(accumulates(Op::matmul));
  CHECK_FALSE(accumulates(Op::exp));
  CHECK(compare({0.01F}, {0}, {0, 1e-4}));
  CHECK_FALSE(compare({0.01F}, {0}, {0, 1e-4}, {1000}));
  const auto device = Device::open("reference");
  const auto x = Tensor::from({1, -2, 3}, device);
  CHECK(magnitudes(Op::sum, {x}, {})[0].item() == 6);
}

}  // namespace varve
