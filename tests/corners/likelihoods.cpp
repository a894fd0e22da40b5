#include "framework/losses/likelihood.h"

#include <cmath>
#include <numbers>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

const double log_sqrt_two_pi = 0.5 * std::log(2 * std::numbers::pi);
constexpr double ln2 = std::numbers::ln2;

/// -log p of x[1] under the decoder's output x[0].
template <class L>
Tensor price(const Tensors& x) {
  const DefaultDevice here(x[0].device());
  return L().negative_log_likelihood(x[0], x[1]);
}
template <class L>
Tensor average(const Tensors& x) {
  const DefaultDevice here(x[0].device());
  return L().mean(x[0]);
}
template <class L>
Tensor draw(const Tensors& x) {
  const DefaultDevice here(x[0].device());
  return L().sample(x[0]);
}

struct Narrow : FixedGaussianLikelihood {
  Narrow() : FixedGaussianLikelihood({.scale = 1e-15}) {}
};
struct NarrowLaplace : LaplaceLikelihood {
  NarrowLaplace() : LaplaceLikelihood({.scale = 1e-15}) {}
};

double log_normalizer(double l) { return std::log(l / std::tanh(l / 2)); }

/// The derivative of the continuous Bernoulli's mean, its variance, near logit 0.
double slope_of_mean(double l) {
  return 1.0 / 12 - l * l / 240 + std::pow(l, 4) / 6048 - std::pow(l, 6) / 172800;
}
double mean_near_zero(double l) {
  return 0.5 + l / 12 - std::pow(l, 3) / 720 + std::pow(l, 5) / 30240 - std::pow(l, 7) / 1209600;
}

Rows bernoulli_rows() {
  return {
      {"BernoulliLikelihood::negative_log_likelihood",
       "bytes as data, huge logits",
       {f({3, 1}, {1e30, -1e30, 0}), u8({3, 1}, {1, 0, 1})},
       price<BernoulliLikelihood>,
       f({0, 0, ln2}),
       {f({3, 1}, {0, 0, -0.5})}},
      {"BernoulliLikelihood::negative_log_likelihood",
       "data of 0 to 255",
       {f({1, 2}, {0, 0}), u8({1, 2}, {1, 200})},
       price<BernoulliLikelihood>,
       Refused{"[bernoulli] a value of the data is 200 at (0, 1): a number in [0, 1]"}},
      {"BernoulliLikelihood::negative_log_likelihood",
       "decoder outputs of another size",
       {f({1, 2}, {0, 0}), f({1, 1}, {1})},
       price<BernoulliLikelihood>,
       Refused{"[bernoulli] needs two tensors of one shape"}},
      {"BernoulliLikelihood::negative_log_likelihood",
       "no examples",
       {f({0, 2}, {}), f({0, 2}, {})},
       price<BernoulliLikelihood>,
       f({})},
      {"BernoulliLikelihood::mean",
       "infinities",
       {f({inf, -inf, 0})},
       average<BernoulliLikelihood>,
       f({1, 0, 0.5})},
      {"BernoulliLikelihood::sample",
       "certain, NaN",
       {f({inf, -inf, nan})},
       draw<BernoulliLikelihood>,
       f({1, 0, nan})},
      {"ContinuousBernoulliLikelihood::negative_log_likelihood",
       "logit 0 and near it, large",
       {f({4, 1}, {0, 1e-6, 50, -50}), f({4, 1}, {0.5, 0.5, 1, 1})},
       price<ContinuousBernoulliLikelihood>,
       f({0, 0, -log_normalizer(50), 50 - log_normalizer(50)})},
      {"ContinuousBernoulliLikelihood::negative_log_likelihood",
       "data outside [0, 1]",
       {f({1, 1}, {0}), f({1, 1}, {-0.5})},
       price<ContinuousBernoulliLikelihood>,
       Refused{"[continuous-bernoulli] a value of the data is -0.5"}},
      {"ContinuousBernoulliLikelihood::mean",
       "logit 0, both sides of 1/4, infinities",
       {f({0, 0.2499, 0.2501, inf, -inf, nan})},
       average<ContinuousBernoulliLikelihood>,
       f({0.5, mean_near_zero(0.2499), mean_near_zero(0.2501), 1, 0, nan}),
       {f({1.0 / 12, slope_of_mean(0.2499), slope_of_mean(0.2501), 0, 0, nan})},
       Kind::whole,
       {2e-5, 2e-5}},
      {"ContinuousBernoulliLikelihood::sample",
       "infinities and NaN",
       {f({inf, -inf, nan})},
       draw<ContinuousBernoulliLikelihood>,
       f({1, 0, nan})},
      {"continuous_bernoulli_log_normalizer",
       "0, both sides of 1/4, large",
       {f({0, 0.2499, 0.2501, -0.2501, 1000, nan})},
       [](const Tensors& x) { return continuous_bernoulli_log_normalizer(x[0]); },
       f({ln2, log_normalizer(0.2499), log_normalizer(0.2501), log_normalizer(0.2501),
          std::log(1000.0), nan}),
       {},
       Kind::elementwise},
      {"continuous_bernoulli_log_normalizer",
       "the slope is 0 at 0, and 1 / l far away",
       {f({0, 1000, 1e6})},
       [](const Tensors& x) { return continuous_bernoulli_log_normalizer(x[0]); },
       f({ln2, std::log(1e3), std::log(1e6)}),
       {f({0, 1e-3, 1e-6})},
       Kind::elementwise},
  };
}

Rows gaussian_rows() {
  return {
      {"GaussianLikelihood::negative_log_likelihood",
       "far away, infinite, NaN",
       {f({4, 1}, {0, 0, 0, 0}), f({4, 1}, {1e10, 0, inf, nan})},
       price<FixedGaussianLikelihood>,
       f({0.5e20, log_sqrt_two_pi, inf, nan})},
      {"GaussianLikelihood::negative_log_likelihood",
       "the narrowest sigma",
       {f({2, 1}, {1, 0}), f({2, 1}, {1, 1e-15})},
       price<Narrow>,
       f({log_sqrt_two_pi - 15 * std::numbers::ln10,
          0.5 + log_sqrt_two_pi - 15 * std::numbers::ln10}),
       {},
       Kind::whole,
       {2e-5, 2e-6}},
      {"GaussianLikelihood::negative_log_likelihood",
       "bytes as data, no examples",
       {f({0, 2}, {}), u8({0, 2}, {})},
       price<FixedGaussianLikelihood>,
       f({})},
      {"GaussianLikelihood::mean",
       "as it is",
       {f({inf, nan, 2})},
       average<FixedGaussianLikelihood>,
       f({inf, nan, 2})},
      {"GaussianLikelihood::sample",
       "sigma next to nothing",
       {f({1e10, -1e10})},
       draw<Narrow>,
       f({1e10, -1e10})},
      {"LaplaceLikelihood::negative_log_likelihood",
       "far away, infinite, NaN",
       {f({4, 1}, {0, 0, 0, 0}), f({4, 1}, {1e10, 0, inf, nan})},
       price<LaplaceLikelihood>,
       f({1e10 + ln2, ln2, inf, nan})},
      {"LaplaceLikelihood::negative_log_likelihood",
       "gradients, 0 at the mean",
       {f({3, 1}, {0, 0, 0}), f({3, 1}, {2, 0, inf})},
       price<LaplaceLikelihood>,
       f({2 + ln2, ln2, inf}),
       {f({3, 1}, {-1, 0, -1})}},
      {"LaplaceLikelihood::mean", "none", {f({})}, average<LaplaceLikelihood>, f({})},
      {"LaplaceLikelihood::sample",
       "b next to nothing",
       {f({1e10, -1e10})},
       draw<NarrowLaplace>,
       f({1e10, -1e10})},
      {"OptimalSigmaLikelihood::OptimalSigmaLikelihood",
       "training on no examples",
       {f({0, 2}, {}), f({0, 2}, {})},
       price<OptimalSigmaLikelihood>,
       Refused{"[optimal-sigma] a batch of (0, 2) has no mean squared error"}},
      {"OptimalSigmaLikelihood::OptimalSigmaLikelihood",
       "no error at all: sigma is e^-6",
       {f32({1, 1}, {1}), f32({1, 1}, {1})},
       price<OptimalSigmaLikelihood>,
       f32({log_sqrt_two_pi - 6 + std::log1p(std::exp(6 - 6 * std::numbers::ln10))}),
       {},
       Kind::whole,
       {1e-5, 1e-5}},
  };
}

}  // namespace

Rows likelihood_rows() {
  Rows rows = bernoulli_rows();
  const Rows more = gaussian_rows();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
