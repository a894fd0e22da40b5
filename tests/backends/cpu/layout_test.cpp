#include "backends/cpu/layout.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/backends/cpu/testing.h"

using namespace varve;
using namespace varve::testing;
using cpu::walk;

namespace {

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

std::vector<float> read(const View& view, std::int64_t begin, std::int64_t count) {
  std::vector<float> out(static_cast<std::size_t>(count));
  cpu::read_run(walk(view), begin, count, reinterpret_cast<std::byte*>(out.data()));
  return out;
}

}  // namespace

TEST_CASE("runs are read in row-major order from any layout") {
  const auto backend = make_cpu_backend("1");
  const View view = view_of(*backend, {3, 4}, counting(12));
  CHECK(read(view, 2, 3) == std::vector<float>{2, 3, 4});
  CHECK(read(transpose(view), 0, 12) == std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(read(transpose(view), 4, 3) == std::vector<float>{5, 9, 2});
  CHECK(read(expand(part(view, 7, {}), {2, 2}), 1, 3) == std::vector<float>{7, 7, 7});

  View backwards = view;
  backwards.offset = 11;
  backwards.strides = {-4, -1};
  CHECK(read(backwards, 0, 5) == std::vector<float>{11, 10, 9, 8, 7});

  View row = part(view, 4, {3, 4});  // the second row, three times
  row.strides = {0, 1};
  CHECK(read(row, 3, 6) == std::vector<float>{7, 4, 5, 6, 7, 4});
}

TEST_CASE("runs are written where they belong and nowhere else") {
  const auto backend = make_cpu_backend("1");
  const View view = view_of(*backend, {3, 4}, std::vector<float>(12, -1));
  View slice = part(view, 1, {3, 2});
  slice.strides = {4, 1};
  const std::vector<float> values{1, 2, 3};
  cpu::write_run(walk(slice), 1, 3, reinterpret_cast<const std::byte*>(values.data()));
  CHECK(values_of(view) == std::vector<float>{-1, -1, 1, -1, -1, 2, 3, -1, -1, -1, -1, -1});
}
