#include <doctest/doctest.h>

#include "framework/backend/compare.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

/// The reference's results in f64 are the truth; for sums, with what their rounding grows with.
std::string differs_from_reference(const Device& device, Op op, const Case& sample, DType floating,
                                   const Tolerance& tolerance) {
  const auto got = run(op, sample, floating, device);
  // Of a draw, each dtype has its own digits.
  auto want = run(op, sample, op == Op::random ? floating : DType::f64, reference());
  if (op == Op::random) want = {cast(want[0], DType::f64)};
  Tensors scale;
  if (accumulates(op))
    scale = magnitudes(op, make_inputs(sample, DType::f64, reference()),
                       attributes_of(op, sample, DType::f64));
  return compare(got, want, scale, tolerance);
}

}  // namespace

TEST_SUITE("conformance: forward") {
  TEST_CASE("every row of the op table has cases") {
    for (const auto& op : op_table()) CHECK_MESSAGE(!cases_of(op.op).empty(), op.name);
  }

  TEST_CASE("f32 agrees with the reference within the row's tolerance") {
    for_every_case([](const Device& device, Op op, const Case& sample) {
      return differs_from_reference(device, op, sample, DType::f32, row(op).tolerance);
    });
  }

  TEST_CASE("f64 agrees with the reference much more closely") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (!computes_in_f64(device) || device.name() == reference().name()) return "";
      const auto& tolerance = row(op).tolerance;
      return differs_from_reference(device, op, sample, DType::f64,
                                    {1e-4 * tolerance.absolute, 1e-4 * tolerance.relative});
    });
  }

  TEST_CASE("the same command gives the same bits") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      const auto first = run(op, sample, DType::f32, device);
      const auto second = run(op, sample, DType::f32, device);
      for (std::size_t i = 0; i < first.size(); ++i)
        if (first[i].to_array().bytes != second[i].to_array().bytes) return "two runs differ";
      return "";
    });
  }
}

}  // namespace varve::conformance
