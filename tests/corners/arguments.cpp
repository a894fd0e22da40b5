#include <cmath>

#include "framework/distributions/distribution.h"
#include "framework/distributions/divergence.h"
#include "framework/distributions/location_scale.h"
#include "framework/distributions/normal.h"
#include "framework/distributions/validate.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

constexpr auto elementwise = Kind::elementwise;

Tensor checked(const Tensors& x, Validate validate) {
  return validated(
      x[0], [&] { return is_not_negative(x[0]); }, validate, "place", "it", "at least 0");
}

/// Any distribution, by its base.
Normal point(const Tensor& x) { return {x, 0 * x}; }

Rows check_rows() {
  return {
      {"validated",
       "all valid, and none",
       {f({0, 1, inf})},
       [](const Tensors& x) { return checked(x, Validate::values); },
       f({0, 1, inf}),
       {f({1, 1, 1})},
       elementwise},
      {"validated",
       "one that is not",
       {f({0, -2})},
       [](const Tensors& x) { return checked(x, Validate::values); },
       Refused{"[place] it is -2 at (1): at least 0 is needed"}},
      {"validated",
       "a scalar has no place",
       {scalar(nan)},
       [](const Tensors& x) { return checked(x, Validate::values); },
       Refused{"[place] it is nan: at least 0 is needed"}},
      {"validated",
       "values are not looked at",
       {f({0, -2})},
       [](const Tensors& x) { return checked(x, Validate::shapes); },
       f({0, -2}),
       {},
       elementwise},
      fact("is_recording", "outside of a captured step",
           [](const Tensor& x) { return !is_recording(x.device()); }),
      {"floating_argument",
       "integers",
       {u8({255})},
       [](const Tensors& x) { return floating_argument(x[0], "place"); },
       f32({255})},
      {"floating_argument",
       "bool",
       {boolean({true})},
       [](const Tensors& x) { return floating_argument(x[0], "place"); },
       f32({1})},
      refused(
          "floating_argument", "undefined", [](const Tensor&) { floating_argument({}, "place"); },
          "[place] an argument is undefined"),
      {"floating_arguments",
       "the wider of two",
       {f({0.1}), f32({1})},
       [](const Tensors& x) { return floating_arguments(x[1], x[0], "place").second; },
       f({0.1})},
      {"is_not_negative",
       "zeros, infinities, NaN",
       {f({0, -0.0, 1, inf, -1, -inf, nan})},
       [](const Tensors& x) { return is_not_negative(x[0]); },
       boolean({true, true, true, true, false, false, false}),
       {},
       elementwise},
      {"is_within",
       "edges, infinities, NaN",
       {f({0, 1, 0.5, -0.5, 2, inf, -inf, nan})},
       [](const Tensors& x) { return is_within(x[0], 0, 1); },
       boolean({true, true, true, false, false, false, false, false}),
       {},
       elementwise},
      {"require_last_axis",
       "a scalar",
       {scalar(1)},
       [](const Tensors& x) {
         require_last_axis(x[0], 1, "place");
         return x[0];
       },
       Refused{"[place] needs a last axis of 1, got ()"}},
      {"require_last_axis",
       "no rows",
       {f({0, 2}, {})},
       [](const Tensors& x) {
         require_last_axis(x[0], 2, "place");
         return x[0];
       },
       f({0, 2}, {})},
      fact("draw_shape", "of a scalar's shape",
           [](const Tensor&) {
             return draw_shape({2}, {}) == Shape{2} && draw_shape({}, {3}) == Shape{3};
           }),
  };
}

Rows base_rows() {
  return {
      {"ProbabilityDistribution::log_prob",
       "a point mass",
       {f({3})},
       [](const Tensors& x) {
         const Normal normal = point(x[0]);
         return static_cast<const ProbabilityDistribution&>(normal).log_prob(x[0]);
       },
       f({inf})},
      {"ProbabilityDistribution::sample",
       "a point mass; no gradient flows",
       {f({3})},
       [](const Tensors& x) { return point(x[0]).sample({2}); },
       f({2, 1}, {3, 3})},
      {"ProbabilityDistribution::entropy",
       "a point mass",
       {f({3})},
       [](const Tensors& x) {
         const Normal normal = point(x[0]);
         return static_cast<const ProbabilityDistribution&>(normal).entropy();
       },
       f({-inf})},
      {"ProbabilityDistribution::mean",
       "none",
       {f({})},
       [](const Tensors& x) {
         const Normal normal = point(x[0]);
         return static_cast<const ProbabilityDistribution&>(normal).mean();
       },
       f({})},
      fact("ProbabilityDistribution::name", "of the derived class",
           [](const Tensor& x) {
             const Normal normal = point(x);
             return static_cast<const ProbabilityDistribution&>(normal).name() == "normal";
           }),
  };
}

Rows remainder_rows() {
  const auto remainder = [](double x) { return std::expm1(x) - x; };
  return {
      {"exp_remainder",
       "near 0, where e^x - 1 - x cancels",
       {f({0, 1e-4, -1e-4, 1e-15})},
       [](const Tensors& x) { return exp_remainder(x[0]); },
       f({0, 0.5e-8 + 1e-12 / 6 + 1e-16 / 24, 0.5e-8 - 1e-12 / 6 + 1e-16 / 24, 0.5e-30}),
       {f({0, std::expm1(1e-4), std::expm1(-1e-4), 1e-15})},
       elementwise,
       {0, 4e-6}},
      {"exp_remainder",
       "on both sides of 1/4, and large",
       {f({0.2499, 0.2501, -0.2499, -0.2501, 5, -100})},
       [](const Tensors& x) { return exp_remainder(x[0]); },
       f({remainder(0.2499), remainder(0.2501), remainder(-0.2499), remainder(-0.2501),
          remainder(5), remainder(-100)}),
       {},
       elementwise,
       {0, 1e-5}},
      {"exp_remainder",
       "infinities, overflow and NaN",
       {f({inf, -inf, 1e4, nan})},
       [](const Tensors& x) { return exp_remainder(x[0]); },
       f({inf, inf, inf, nan}),
       {},
       elementwise},
      {"relative_entropy",
       "impossible outcomes",
       {f({-inf, -inf, 0, -500}), f({-inf, 0, -inf, -inf})},
       [](const Tensors& x) { return relative_entropy(x[0], x[1]); },
       f({0, 1, inf, inf}),
       {},
       elementwise},
      {"relative_entropy",
       "equal, and gradients that stay finite",
       {f({-1, -inf, 0}), f({-1, -inf, 0})},
       [](const Tensors& x) { return relative_entropy(x[0], x[1]); },
       f({0, 0, 0}),
       {f({0, 0, 0}), f({0, 0, 0})},
       elementwise},
      {"relative_entropy",
       "far apart",
       {f({-100, 0}), f({0, -100})},
       [](const Tensors& x) { return relative_entropy(x[0], x[1]); },
       f({1, 99}),
       {},
       elementwise},
      {"location_scale_log_prob",
       "scales from 0 up",
       {f({0, 1, 1e-20, nan}), f({0, 0, 0, 0}), f({0, 0, 1e-20, 0})},
       [](const Tensors& x) {
         return location_scale_log_prob(x[0], x[1], x[2], [](const Tensor& z) { return -abs(z); });
       },
       f({inf, -inf, -1 - std::log(1e-20), nan}),
       {},
       elementwise},
  };
}

}  // namespace

Rows argument_rows() {
  Rows rows = check_rows();
  for (const auto& more : {base_rows(), remainder_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
