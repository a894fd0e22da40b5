#include "framework/losses/likelihood.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "framework/autograd/autograd.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/distributions/quadrature.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::contains;
using test::error_of;
using test::f64;

/// p(x) at the points of a grid, for one raw decoder output.
Tensor density(Likelihood& likelihood, double params, const test::Grid& grid) {
  const auto x = grid.points.unsqueeze(1);
  return exp(-likelihood.negative_log_likelihood(Tensor::full(x.shape(), params, DType::f64), x));
}

const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);

}  // namespace

TEST_CASE("likelihood: the densities integrate to 1, and mean() is their mean") {
  const test::Grid unit(0, 1, 5000), line(-60, 60, 24000);
  for (const std::string name : {"continuous-bernoulli", "gaussian", "learned-sigma", "laplace"}) {
    const auto likelihood = make_likelihood(name, {.scale = 0.8});
    const auto& grid = name == "continuous-bernoulli" ? unit : line;
    for (const double params : {-30.0, -1.0, -0.2501, -0.2499, 0.0, 1e-4, 0.3, 4.0, 20.0}) {
      CAPTURE(name);
      CAPTURE(params);
      const auto p = density(*likelihood, params, grid);
      CHECK(grid.integral(p) == doctest::Approx(1).epsilon(2e-5));
      const auto mean = likelihood->mean(Tensor::full({1}, params, DType::f64)).item();
      CHECK(grid.integral(p * grid.points) == doctest::Approx(mean).epsilon(2e-5));
    }
  }
}

TEST_CASE("likelihood: bernoulli probabilities of 0 and 1 sum to 1; on logits nothing overflows") {
  const auto likelihood = make_likelihood("bernoulli");
  const auto logits = f64({-3, 0, 2.5}, {3, 1});
  const auto p0 = exp(-likelihood->negative_log_likelihood(logits, f64({0, 0, 0}, {3, 1})));
  const auto p1 = exp(-likelihood->negative_log_likelihood(logits, f64({1, 1, 1}, {3, 1})));
  test::check_close(p0 + p1, {1, 1, 1});
  test::check_close(likelihood->mean(logits).reshape({3}), p1.to_vector<double>());
  test::check_close(
      likelihood->negative_log_likelihood(f64({900, -900}, {1, 2}), f64({0, 0}, {1, 2})), {900});
}

TEST_CASE("likelihood: sums over pixels and channels, one number an example") {
  for (const auto& name : likelihood_names()) {
    CAPTURE(name);
    const auto likelihood = make_likelihood(name);
    likelihood->eval();
    const auto params = f64(test::wave(24), {2, 2, 3, 2});
    const auto x = sigmoid(f64(test::wave(24, 1), {2, 2, 3, 2}));
    const auto whole = likelihood->negative_log_likelihood(params, x);
    REQUIRE(whole.shape() == Shape{2});
    double sum = 0;
    for (std::int64_t i = 0; i < 12; ++i)
      sum += likelihood
                 ->negative_log_likelihood(params.reshape({2, 12}).slice(1, i, i + 1),
                                           x.reshape({2, 12}).slice(1, i, i + 1))
                 .to_vector<double>()[1];
    CHECK(whole.to_vector<double>()[1] == doctest::Approx(sum));
    CHECK(likelihood->parameters_per_pixel() == 1);
    CHECK(likelihood->name() == name);
  }
}

TEST_CASE("continuous bernoulli: the normaliser is the paper's, smooth through 1/2") {
  const auto paper = [](double l) {
    const double lambda = 1 / (1 + std::exp(-l));
    return std::log(2 * std::atanh(1 - 2 * lambda) / (1 - 2 * lambda));
  };
  const std::vector<double> logits{-20, -5, -1, -0.26, -0.24, 0.1, 0.24, 0.26, 3, 20};
  std::vector<double> want;
  for (const double l : logits) want.push_back(paper(l));
  test::check_close(continuous_bernoulli_log_normalizer(f64(logits, {10})), want, 1e-8);
  CHECK(continuous_bernoulli_log_normalizer(f64({0}, {1})).item() == std::numbers::ln2);
  // Far out, where lambda rounds to 0 or 1, it is log |l|.
  test::check_close(continuous_bernoulli_log_normalizer(test::f32({-500, 500}, {2})),
                    {std::log(500.0), std::log(500.0)});
  const auto result =
      gradcheck([](const Tensors& in) { return continuous_bernoulli_log_normalizer(in[0]); },
                {test::leaf({-40, -3, -0.2, 0, 0.1, 0.3, 8}, {7})});
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("continuous bernoulli: the mean is the paper's, smooth through 1/2") {
  const auto paper = [](double l) {
    const double lambda = 1 / (1 + std::exp(-l));
    return lambda / (2 * lambda - 1) + 0.5 / std::atanh(1 - 2 * lambda);
  };
  const std::vector<double> logits{-9, -0.26, -0.24, 0.1, 0.24, 0.26, 3};
  std::vector<double> want;
  for (const double l : logits) want.push_back(paper(l));
  const auto likelihood = make_likelihood("continuous-bernoulli");
  test::check_close(likelihood->mean(f64(logits, {7})), want, 1e-9);
  CHECK(likelihood->mean(f64({0}, {1})).item() == 0.5);
}

TEST_CASE("likelihood: draws have the mean of the likelihood") {
  manual_seed(8);
  for (const auto& name : likelihood_names()) {
    const auto likelihood = make_likelihood(name, {.scale = 0.5});
    likelihood->eval();
    for (const float params : {-12.0F, -0.7F, 0.0F, 0.1F, 2.0F, 60.0F}) {
      CAPTURE(name);
      CAPTURE(params);
      const auto raw = Tensor::full({10000}, static_cast<double>(params));
      const auto x = likelihood->sample(raw);
      CHECK_FALSE(x.requires_grad());
      CHECK(std::abs(mean(x).item() - likelihood->mean(raw).to_vector<double>()[0]) < 0.03);
      CHECK(min(x).item() >= likelihood->range().low);
      CHECK(max(x).item() <= likelihood->range().high);
    }
  }
}

TEST_CASE("gaussian: the closed form with its normaliser, and the sigmoid link") {
  const auto likelihood = make_likelihood("gaussian", {.scale = 0.5});
  const auto x = f64({1, 2}, {1, 2}), params = f64({0.5, 3}, {1, 2});
  test::check_close(likelihood->negative_log_likelihood(params, x),
                    {0.5 + 2 + 2 * (std::log(0.5) + half_log_two_pi)});
  const auto linked = make_likelihood("gaussian", {.link = Link::sigmoid});
  test::check_close(linked->mean(f64({0, std::log(3.0)}, {2})), {0.5, 0.75});
  CHECK(likelihood->parameters().empty());
}

TEST_CASE("learned sigma: a parameter that gets a gradient, softly kept above e^-6") {
  LearnedSigmaLikelihood likelihood({.scale = 0.5});
  REQUIRE(likelihood.named_parameters().size() == 1);
  CHECK(likelihood.named_parameters()[0].path == "log_sigma");
  const double start = std::log1p(std::exp(std::log(0.5) + 6)) - 6;
  CHECK(likelihood.log_sigma().item() == doctest::Approx(start));

  // d nll / d log_sigma = (count - error / sigma^2) d clip.
  backward(batch_mean(
      likelihood.negative_log_likelihood(test::f32({0, 0}, {1, 2}), test::f32({1, 0}, {1, 2}))));
  const double slope = 1 / (1 + std::exp(-(std::log(0.5) + 6)));
  CHECK(likelihood.parameters()[0].grad().item() ==
        doctest::Approx((2 - std::exp(-2 * start)) * slope).epsilon(1e-4));

  Tensor raw = likelihood.parameters()[0];
  raw.upload(test::f32({-100}, {}).to_array());
  CHECK(likelihood.log_sigma().item() == doctest::Approx(-6));
}

TEST_CASE("optimal sigma: the maximum-likelihood sigma of the batch") {
  OptimalSigmaLikelihood likelihood;
  const auto params = f64({0, 0, 0, 0}, {2, 2}), x = f64({1, 2, 3, -2}, {2, 2});  // error 18 / 4
  const auto nll = likelihood.negative_log_likelihood(params, x);
  CHECK(batch_mean(nll).item() ==
        doctest::Approx(1 + 2 * (0.5 * std::log(4.5) + half_log_two_pi)).epsilon(1e-3));
  // No other sigma does better.
  for (const double sigma : {1.8, 2.1, 2.15, 2.5})
    CHECK(batch_mean(
              make_likelihood("gaussian", {.scale = sigma})->negative_log_likelihood(params, x))
              .item() > batch_mean(nll).item() - 1e-5);
}

TEST_CASE("optimal sigma: evaluation uses the average of training, an example at a time") {
  OptimalSigmaLikelihood likelihood;
  REQUIRE(likelihood.named_buffers().size() == 1);
  const auto params = Tensor::zeros({2, 2}), x = test::f32({1, 2, 3, -2}, {2, 2});
  likelihood.negative_log_likelihood(params, x);
  CHECK(likelihood.named_buffers()[0].tensor.item() == doctest::Approx(0.9 + 0.1 * 4.5));
  likelihood.eval();
  const auto both = likelihood.negative_log_likelihood(params, x).to_vector<float>();
  const auto alone =
      likelihood.negative_log_likelihood(params.slice(0, 0, 1), x.slice(0, 0, 1)).item();
  CHECK(static_cast<double>(both[0]) == doctest::Approx(alone));
  CHECK(likelihood.named_buffers()[0].tensor.item() == doctest::Approx(0.9 + 0.1 * 4.5));
}

TEST_CASE("optimal sigma: a perfect reconstruction has finite loss and gradient") {
  OptimalSigmaLikelihood likelihood;
  Tensor params = test::f32({1, 2}, {1, 2});
  params.set_requires_grad();
  const auto loss =
      batch_mean(likelihood.negative_log_likelihood(params, test::f32({1, 2}, {1, 2})));
  CHECK(loss.item() == doctest::Approx(2 * (half_log_two_pi - 6)).epsilon(1e-3));
  backward(loss);
  for (const float g : params.grad().to_vector<float>()) CHECK(std::isfinite(g));
}

TEST_CASE("likelihood: gradients in the decoder's output") {
  const auto x = sigmoid(f64(test::wave(6, 1), {2, 3}));
  for (const auto& name : likelihood_names()) {
    CAPTURE(name);
    const auto likelihood = make_likelihood(name, {.scale = 0.7, .link = Link::sigmoid});
    const auto result =
        gradcheck([&](const Tensors& in) { return likelihood->negative_log_likelihood(in[0], x); },
                  {test::leaf(test::wave(6), {2, 3})});
    CHECK_MESSAGE(result.ok, result.message);
  }
}

TEST_CASE("likelihood: data outside the range are told with the fix") {
  const auto bernoulli = make_likelihood("bernoulli");
  const auto data = [](std::vector<float> v) {
    return Array::of<float>({static_cast<std::int64_t>(v.size())}, v);
  };
  CHECK_NOTHROW(bernoulli->check(data({0, 0.5F, 1}), "x.npy"));
  const auto message = error_of(ErrorKind::input, [&] {
    bernoulli->check(data({0, -0.5F, 1}), "x.npy");
  });
  CHECK(contains(message, "[bernoulli] x.npy holds -0.5"));
  CHECK(contains(message, "[0, 1]"));
  CHECK(contains(message, "gaussian"));
  const std::vector<std::uint8_t> bytes{0, 255};
  CHECK(contains(error_of(ErrorKind::input,
                          [&] { bernoulli->check(Array::of<std::uint8_t>({2}, bytes), "pixels"); }),
                 "holds 255"));
  const auto gaussian = make_likelihood("gaussian");
  CHECK_NOTHROW(gaussian->check(data({-1000, 1e30F}), "x.npy"));
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()})
    CHECK(contains(error_of(ErrorKind::input, [&] { gaussian->check(data({bad}), "x.npy"); }),
                   "not a number"));
}

TEST_CASE("likelihood: wrong names, scales and shapes are told") {
  CHECK(likelihood_names().size() == 6);
  CHECK(contains(error_of(ErrorKind::usage, [] { make_likelihood("bernuli"); }), "bernoulli"));
  CHECK(contains(error_of(ErrorKind::usage, [] { make_likelihood("gaussian", {.scale = 0}); }),
                 "scale = 0"));
  CHECK(contains(error_of(ErrorKind::usage, [] { make_likelihood("laplace", {.scale = -1}); }),
                 "scale = -1"));
  for (const auto& name : likelihood_names())
    CHECK(contains(error_of(ErrorKind::usage,
                            [&] {
                              make_likelihood(name)->negative_log_likelihood(
                                  Tensor::ones({2, 4}), Tensor::ones({2, 2, 2}));
                            }),
                   "(2, 4) and (2, 2, 2)"));
}
