#include <array>
#include <cmath>

#include "framework/core/error.h"
#include "framework/losses/likelihood.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

bool near(double got, double want) { return std::abs(got - want) < 1e-6; }

/// The names and words of one likelihood.
template <class L>
void describe(Rows& rows, std::string_view of_name, std::string_view of_description,
              const char* name, const char* description) {
  rows.push_back(fact(of_name, "what make_likelihood() takes",
                      [=](const Tensor&) { return L().name() == name; }));
  rows.push_back(fact(of_description, "by default",
                      [=](const Tensor&) { return L().describe() == description; }));
}

Rows description_rows() {
  Rows rows;
  describe<BernoulliLikelihood>(rows, "BernoulliLikelihood::name", "BernoulliLikelihood::describe",
                                "bernoulli", "Bernoulli");
  describe<ContinuousBernoulliLikelihood>(rows, "ContinuousBernoulliLikelihood::name",
                                          "ContinuousBernoulliLikelihood::describe",
                                          "continuous-bernoulli", "ContinuousBernoulli");
  describe<FixedGaussianLikelihood>(rows, "FixedGaussianLikelihood::name",
                                    "FixedGaussianLikelihood::describe", "gaussian",
                                    "Gaussian(sigma 1)");
  describe<LearnedSigmaLikelihood>(rows, "LearnedSigmaLikelihood::name",
                                   "LearnedSigmaLikelihood::describe", "learned-sigma",
                                   "LearnedSigmaGaussian");
  describe<OptimalSigmaLikelihood>(rows, "OptimalSigmaLikelihood::name",
                                   "OptimalSigmaLikelihood::describe", "optimal-sigma",
                                   "OptimalSigmaGaussian");
  describe<LaplaceLikelihood>(rows, "LaplaceLikelihood::name", "LaplaceLikelihood::describe",
                              "laplace", "Laplace(b 1)");
  return rows;
}

/// Data of one value, held against what the likelihood takes.
bool takes(std::string_view likelihood, float value) {
  const auto made = make_likelihood(likelihood);
  try {
    made->check(Array::of<float>({1}, std::array{value}), "data");
  } catch (const Error&) {
    return false;
  }
  return true;
}

template <class L>
bool is_unit(L likelihood = {}) {
  return likelihood.range().low == 0 && likelihood.range().high == 1;
}

/// The scale that is out of range.
template <class L>
auto scaled(double scale) {
  return [scale](const Tensor&) { L({.scale = scale}); };
}

Rows base_rows() {
  return {
      {"Likelihood::negative_log_likelihood",
       "decoder outputs and data of one shape",
       {f({1, 1}, {0}), f({1, 1}, {0})},
       [](const Tensors& x) {
         const DefaultDevice here(x[0].device());
         return make_likelihood("bernoulli")->negative_log_likelihood(x[0], x[1]);
       },
       f({std::log(2.0)})},
      {"Likelihood::mean",
       "with a link",
       {f({inf, 0})},
       [](const Tensors& x) {
         const DefaultDevice here(x[0].device());
         return make_likelihood("gaussian", {.link = Link::sigmoid})->mean(x[0]);
       },
       f({1, 0.5})},
      {"Likelihood::sample",
       "none",
       {f({0, 3}, {})},
       [](const Tensors& x) {
         const DefaultDevice here(x[0].device());
         return make_likelihood("laplace")->sample(x[0]);
       },
       f({0, 3}, {})},
      fact("Likelihood::name", "of each that is known",
           [](const Tensor&) {
             for (const auto& name : likelihood_names())
               if (make_likelihood(name)->name() != name) return false;
             return true;
           }),
      fact("Likelihood::parameters_per_pixel", "one",
           [](const Tensor&) { return LaplaceLikelihood().parameters_per_pixel() == 1; }),
      fact("Likelihood::range", "by the base",
           [](const Tensor&) { return make_likelihood("bernoulli")->range().high == 1; }),
      fact("Likelihood::check", "edges, beyond, NaN, infinite",
           [](const Tensor&) {
             const auto infinite = std::numeric_limits<float>::infinity();
             return takes("bernoulli", 0) && takes("bernoulli", 1) && !takes("bernoulli", 1.001F) &&
                    !takes("bernoulli", -1e-6F) && !takes("gaussian", infinite) &&
                    !takes("laplace", std::nanf("")) && takes("gaussian", -3e38F);
           }),
      fact("likelihood_registry", "in the order of the names",
           [](const Tensor&) {
             return likelihood_registry().begin()->name == "bernoulli" &&
                    likelihood_registry().at("laplace").has_scale;
           }),
      fact("likelihood_names", "six", [](const Tensor&) { return likelihood_names().size() == 6; }),
      refused(
          "make_likelihood", "an unknown name", [](const Tensor&) { make_likelihood("bernouli"); },
          "did you mean 'bernoulli'"),
      refused(
          "make_likelihood", "no name", [](const Tensor&) { make_likelihood(""); },
          "[likelihood] unknown likelihood ''"),
  };
}

Rows range_rows() {
  return {
      fact("Likelihood::has_unit_mean", "on logits",
           [](const Tensor&) {
             return BernoulliLikelihood().has_unit_mean() &&
                    ContinuousBernoulliLikelihood().has_unit_mean();
           }),
      fact("GaussianLikelihood::has_unit_mean", "by its link",
           [](const Tensor&) {
             return !FixedGaussianLikelihood().has_unit_mean() &&
                    FixedGaussianLikelihood({.link = Link::sigmoid}).has_unit_mean();
           }),
      fact("LaplaceLikelihood::has_unit_mean", "by its link",
           [](const Tensor&) {
             return !LaplaceLikelihood().has_unit_mean() &&
                    LaplaceLikelihood({.link = Link::sigmoid}).has_unit_mean();
           }),
      fact("BernoulliLikelihood::range", "[0, 1]",
           [](const Tensor&) { return is_unit<BernoulliLikelihood>(); }),
      fact("ContinuousBernoulliLikelihood::range", "[0, 1]",
           [](const Tensor&) { return is_unit<ContinuousBernoulliLikelihood>(); }),
      fact("GaussianLikelihood::range", "all numbers",
           [](const Tensor&) { return FixedGaussianLikelihood().range().high == inf; }),
      fact("LaplaceLikelihood::range", "all numbers",
           [](const Tensor&) { return LaplaceLikelihood().range().low == -inf; }),
  };
}

Rows scale_rows() {
  return {
      refused("FixedGaussianLikelihood::FixedGaussianLikelihood", "sigma 0",
              scaled<FixedGaussianLikelihood>(0), "[gaussian] scale = 0"),
      refused("FixedGaussianLikelihood::FixedGaussianLikelihood", "a sigma whose square underflows",
              scaled<FixedGaussianLikelihood>(1e-25), "[gaussian] scale = 1e-25"),
      refused("FixedGaussianLikelihood::FixedGaussianLikelihood", "sigma NaN",
              scaled<FixedGaussianLikelihood>(nan), "[gaussian] scale = nan"),
      refused("LearnedSigmaLikelihood::LearnedSigmaLikelihood", "a negative sigma",
              scaled<LearnedSigmaLikelihood>(-1), "[learned-sigma] scale = -1"),
      refused("LaplaceLikelihood::LaplaceLikelihood", "an infinite b",
              scaled<LaplaceLikelihood>(inf), "[laplace] scale = inf"),
      fact("LaplaceLikelihood::scale", "the narrowest that it takes",
           [](const Tensor&) { return LaplaceLikelihood({.scale = 1e-15}).scale() == 1e-15; }),
      fact("GaussianLikelihood::log_sigma", "by the base",
           [](const Tensor&) {
             FixedGaussianLikelihood fixed({.scale = 2});
             return near(static_cast<GaussianLikelihood&>(fixed).log_sigma().item(), std::log(2.0));
           }),
      fact("FixedGaussianLikelihood::log_sigma", "the narrowest",
           [](const Tensor&) {
             const double log_sigma = FixedGaussianLikelihood({.scale = 1e-15}).log_sigma().item();
             return std::abs(log_sigma - std::log(1e-15)) < 1e-5;
           }),
      fact("LearnedSigmaLikelihood::log_sigma", "is kept above -6",
           [](const Tensor&) {
             const double log_sigma = LearnedSigmaLikelihood({.scale = 1e-15}).log_sigma().item();
             return std::abs(log_sigma + 6) < 1e-5;
           }),
      fact("OptimalSigmaLikelihood::log_sigma", "before any batch",
           [](const Tensor&) {
             const double log_sigma = OptimalSigmaLikelihood().log_sigma().item();
             return near(log_sigma, std::log1p(std::exp(6.0)) - 6);
           }),
  };
}

}  // namespace

Rows likelihood_object_rows() {
  Rows rows = description_rows();
  for (const auto& more : {base_rows(), range_rows(), scale_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
