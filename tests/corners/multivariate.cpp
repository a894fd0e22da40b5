#include "framework/distributions/multivariate_normal.h"

#include <cmath>
#include <numbers>

#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

const double log_two_pi = std::log(2 * std::numbers::pi);

MultivariateNormal full(const Tensors& x, std::size_t from = 0) { return {x[from], x[from + 1]}; }
IsotropicNormal isotropic(const Tensors& x, std::size_t from = 0) { return {x[from], x[from + 1]}; }

Rows full_rows() {
  return {
      {"MultivariateNormal::MultivariateNormal",
       "a negative diagonal",
       {f({0, 0}), f({2, 2}, {1, 0, 1, -1})},
       [](const Tensors& x) { return full(x).entropy(); },
       Refused{"[multivariate normal] the factor's diagonal is -1 at (1): a number above 0"}},
      {"MultivariateNormal::MultivariateNormal",
       "a diagonal with 0 or NaN",
       {f({0, 0}), f({2, 2}, {nan, 0, 1, 0})},
       [](const Tensors& x) { return full(x).entropy(); },
       Refused{"[multivariate normal] the factor's diagonal is nan at (0)"}},
      {"MultivariateNormal::MultivariateNormal",
       "a factor of another size",
       {f({0, 0}), f({1, 1}, {1})},
       [](const Tensors& x) { return full(x).entropy(); },
       Refused{"a mean (..., d) needs a factor (..., d, d); got (2) and (1, 1)"}},
      {"MultivariateNormal::log_prob",
       "almost singular, at the mean and off it",
       {f({2, 2}, {0, 0, 1, 1}), f({2, 2}, {0, 0, 0, 0}),
        f({2, 2, 2}, {1, 0, 1, 1e-20, 1, 0, 1, 1e-20})},
       [](const Tensors& x) { return full(x, 1).log_prob(x[0]); },
       f({20 * std::numbers::ln10 - log_two_pi, 20 * std::numbers::ln10 - log_two_pi - 0.5})},
      {"MultivariateNormal::log_prob",
       "what stands above the diagonal is ignored",
       {f({1, -1}), f({0, 0}), f({2, 2}, {1, 5, 0.5, 2})},
       [](const Tensors& x) { return full(x, 1).log_prob(x[0]); },
       f({}, {-log_two_pi - std::numbers::ln2 - 0.5 * (1 + 0.75 * 0.75)}),
       {any(), any(), f({2, 2}, {0.1875, 0, -0.375, -0.21875})},
       Kind::whole,
       {2e-6, 2e-6}},
      {"MultivariateNormal::log_prob",
       "infinite and NaN x",
       {f({2, 1}, {inf, nan}), f({2, 1}, {0, 0}), f({2, 1, 1}, {1, 1})},
       [](const Tensors& x) { return full(x, 1).log_prob(x[0]); },
       f({-inf, nan})},
      {"MultivariateNormal::log_prob",
       "x of another size is not broadcast",
       {f({1}), f({0, 0}), f({2, 2}, {1, 0, 0, 1})},
       [](const Tensors& x) { return full(x, 1).log_prob(x[0]); },
       Refused{"[multivariate normal] needs a last axis of 2, got (1)"}},
      {"MultivariateNormal::log_prob",
       "no examples",
       {f({0, 2}, {}), f({0, 2}, {}), f({0, 2, 2}, {})},
       [](const Tensors& x) { return full(x, 1).log_prob(x[0]); },
       f({})},
      {"MultivariateNormal::rsample",
       "none, and a factor of infinite precision",
       {f({1, 2}), f({2, 2}, {1e-30, 7, 0, 1e-30})},
       [](const Tensors& x) { return full(x).rsample({1}); },
       f({1, 2}, {1, 2})},
      {"MultivariateNormal::entropy",
       "one dimension",
       {f({0}), f({1, 1}, {1e-20})},
       [](const Tensors& x) { return full(x).entropy(); },
       f({}, {0.5 + 0.5 * log_two_pi - 20 * std::numbers::ln10})},
      {"MultivariateNormal::mean",
       "bytes count as f32",
       {u8({3}), u8({1, 1}, {2})},
       [](const Tensors& x) { return full(x).mean(); },
       f32({3})},
      {"MultivariateNormal::factor",
       "zero above the diagonal",
       {f({0, 0}), f({2, 2}, {1, nan, 3, 4})},
       [](const Tensors& x) { return full(x).factor(); },
       f({2, 2}, {1, 0, 3, 4}),
       {any(), f({2, 2}, {1, 0, 1, 1})}},
      {"MultivariateNormal::covariance",
       "what stands above the diagonal is ignored",
       {f({0, 0}), f({2, 2}, {1, 7, 3, 4})},
       [](const Tensors& x) { return full(x).covariance(); },
       f({2, 2}, {1, 3, 3, 25})},
      fact("MultivariateNormal::dimensions", "one",
           [](const Tensor& x) {
             return MultivariateNormal(x, x.reshape({1, 1})).dimensions() == 1;
           }),
      fact("MultivariateNormal::name", "what messages call it",
           [](const Tensor& x) {
             return MultivariateNormal(x, x.reshape({1, 1})).name() == "multivariate normal";
           }),
      {"MultivariateNormal::diagonal",
       "huge and tiny deviations",
       {f({0, 0}), f({1e15, 1e-15})},
       [](const Tensors& x) { return MultivariateNormal::diagonal(Normal(x[0], x[1])).entropy(); },
       f({}, {1 + log_two_pi}),
       {},
       Kind::whole,
       {2e-5, 2e-6}},
      {"MultivariateNormal::diagonal",
       "a scalar",
       {scalar(0), scalar(1)},
       [](const Tensors& x) { return MultivariateNormal::diagonal(Normal(x[0], x[1])).mean(); },
       Refused{"the mean must have a last axis"}},
      {"kl_divergence",
       "full ones: equal, and means that differ a little",
       {f({2, 2}, {0, 0, 1e-4, 0}), f({2, 2, 2}, {1, 9, 0.5, 2, 1, 0, 0, 1}),
        f({2, 2}, {0, 0, 0, 0}), f({2, 2, 2}, {1, 0, 0.5, 2, 1, 9, 0, 1})},
       [](const Tensors& x) { return kl_divergence(full(x), full(x, 2)); },
       f({0, 0.5e-8}),
       {},
       Kind::whole,
       {1e-12, 2e-6}},
      {"kl_divergence",
       "full ones of other dimensions",
       {f({0, 0}), f({2, 2}, {1, 0, 0, 1}), f({0}), f({1, 1}, {1})},
       [](const Tensors& x) { return kl_divergence(full(x), full(x, 2)); },
       Refused{"[kl_divergence] needs a last axis of 1, got (2)"}},
  };
}

Rows isotropic_rows() {
  return {
      {"IsotropicNormal::IsotropicNormal",
       "a log variance for each dimension",
       {f({0, 0}), f({0, 0})},
       [](const Tensors& x) { return isotropic(x).entropy(); },
       Refused{"[isotropic normal] a mean of (2) needs one log variance a row, (1); got (2)"}},
      {"IsotropicNormal::log_prob",
       "log variances whose exp() leaves f32",
       {f({2, 2}, {0, 0, 0, 0}), f({2, 2}, {0, 0, 0, 0}), f({2, 1}, {-100, 100})},
       [](const Tensors& x) { return isotropic(x, 1).log_prob(x[0]); },
       f({100 - log_two_pi, -100 - log_two_pi})},
      {"IsotropicNormal::log_prob",
       "x of another size is not broadcast",
       {f({0}), f({0, 0}), f({0})},
       [](const Tensors& x) { return isotropic(x, 1).log_prob(x[0]); },
       Refused{"[isotropic normal] needs a last axis of 2, got (1)"}},
      {"IsotropicNormal::rsample",
       "a log variance of -infinity is a point mass",
       {f({1, 2}), f({-inf})},
       [](const Tensors& x) { return isotropic(x).rsample(); },
       f({1, 2})},
      {"IsotropicNormal::entropy",
       "two dimensions",
       {f({0, 0}), f({-100})},
       [](const Tensors& x) { return isotropic(x).entropy(); },
       f({}, {-100 + 1 + log_two_pi})},
      {"IsotropicNormal::mean",
       "none",
       {f({0, 2}, {}), f({0, 1}, {})},
       [](const Tensors& x) { return isotropic(x).mean(); },
       f({0, 2}, {})},
      {"IsotropicNormal::logvar",
       "integers count as f32",
       {i32({1}), i32({2})},
       [](const Tensors& x) { return isotropic(x).logvar(); },
       f32({2})},
      fact("IsotropicNormal::dimensions", "one",
           [](const Tensor& x) { return IsotropicNormal(x, x).dimensions() == 1; }),
      fact("IsotropicNormal::name", "what messages call it",
           [](const Tensor& x) { return IsotropicNormal(x, x).name() == "isotropic normal"; }),
      {"kl_divergence",
       "isotropic ones: nearly equal, equal and tiny",
       {f({2, 2}, {1e-4, 0, 0, 0}), f({2, 1}, {0, -90}), f({2, 2}, {0, 0, 0, 0}),
        f({2, 1}, {0, -90})},
       [](const Tensors& x) { return kl_divergence(isotropic(x), isotropic(x, 2)); },
       f({0.5e-8, 0}),
       {},
       Kind::whole,
       {0, 2e-6}},
      {"kl_divergence",
       "isotropic ones of other dimensions",
       {f({0, 0}), f({0}), f({0}), f({0})},
       [](const Tensors& x) { return kl_divergence(isotropic(x), isotropic(x, 2)); },
       Refused{"[kl_divergence] needs a last axis of 1, got (2)"}},
  };
}

}  // namespace

Rows multivariate_rows() {
  Rows rows = full_rows();
  const Rows more = isotropic_rows();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
