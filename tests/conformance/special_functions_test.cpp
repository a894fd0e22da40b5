#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "framework/backend/host.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

using Unary = Tensor (*)(const Tensor&);

std::vector<float> line(double from, double to) {
  std::vector<float> out;
  for (int i = 0; i < 4001; ++i) out.push_back(static_cast<float>(from + (to - from) * i / 4000));
  return out;
}

/// The largest error in f32, in units in the last place (or of 1e-7, where that is more).
double worst(const Device& device, Unary function, const std::vector<float>& at, double absolute) {
  const Shape shape{static_cast<std::int64_t>(at.size())};
  const auto x = Tensor::from(std::span<const float>(at), shape, device);
  const auto wide = cast(Tensor::from(std::span<const float>(at), shape, reference()), DType::f64);
  const auto got = to_doubles(function(x).to_array());
  const auto want = to_doubles(function(wide).to_array());
  double most = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (!std::isfinite(want[i])) continue;
    const auto nearest = static_cast<float>(std::abs(want[i]));
    const double unit = std::nextafter(nearest, INFINITY) - nearest;
    most = std::max(most, std::abs(got[i] - want[i]) / std::max(unit, absolute));
  }
  return most;
}

}  // namespace

TEST_SUITE("conformance: special functions") {
  /// docs/pages/dtypes.md says so.
  TEST_CASE("f32 keeps its digits over the range") {
    for (const auto& device : devices()) {
      CAPTURE(device.name());
      for (const auto& [from, to] : {std::pair{1e-3, 3.0}, {3.0, 40.0}, {40.0, 1e6}}) {
        CAPTURE(from);
        CHECK(worst(device, lgamma, line(from, to), 0) < 10);
        CHECK(worst(device, digamma, line(from, to), 1e-7) < 10);
      }
      CHECK(worst(device, lgamma, line(-9.99, -1e-3), 1e-7) < 10);
      CHECK(worst(device, erfinv, line(-1, 1), 0) < 10);
      CHECK(worst(device, erfinv, line(0.9999, 1), 0) < 10);
      const Unary arctan = [](const Tensor& x) { return atan2(x, cos(x)); };
      CHECK(worst(device, arctan, line(-1, 1), 0) < 10);
    }
  }
}

}  // namespace varve::conformance
