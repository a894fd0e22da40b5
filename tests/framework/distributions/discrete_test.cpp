#include "framework/distributions/discrete.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::f64;

double logit(double p) { return std::log(p / (1 - p)); }

}  // namespace

TEST_CASE("bernoulli: probabilities, entropy and divergence in closed form") {
  const Bernoulli p(f64({logit(0.2), logit(0.5)}, {2}));
  test::check_close(p.mean(), {0.2, 0.5});
  test::check_close(p.log_prob(f64({1, 0}, {2})), {std::log(0.2), std::log(0.5)});
  test::check_close(p.entropy(), {-0.2 * std::log(0.2) - 0.8 * std::log(0.8), std::log(2.0)});
  const Bernoulli q(f64({logit(0.6)}, {1}));
  test::check_close(kl_divergence(p, q), {0.2 * std::log(0.2 / 0.6) + 0.8 * std::log(0.8 / 0.4),
                                          0.5 * std::log(0.5 / 0.6) + 0.5 * std::log(0.5 / 0.4)});
  test::check_close(kl_divergence(p, p), {0, 0});
  // Far logits stay finite.
  test::check_close(Bernoulli(f64({800, -800}, {2})).log_prob(f64({0, 0}, {2})), {-800, 0});
}

TEST_CASE("bernoulli: draws are 0 or 1 with the right share; there is no rsample") {
  manual_seed(2);
  const Bernoulli p(test::f32({static_cast<float>(logit(0.3))}, {1}));
  const auto x = p.sample({10000});
  CHECK(x.shape() == Shape{10000, 1});
  double ones = 0;
  for (const float v : x.to_vector<float>()) {
    CHECK_UNARY(v == 0 || v == 1);
    ones += static_cast<double>(v);
  }
  CHECK(std::abs(ones / 10000 - 0.3) < 4 * std::sqrt(0.3 * 0.7 / 10000));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [&] { p.rsample(); }), "[bernoulli]"));
}

TEST_CASE("categorical: probabilities, entropy and divergence in closed form") {
  const double a = std::log(0.1), b = std::log(0.2), c = std::log(0.7);
  const Categorical p(f64({a + 5, b + 5, c + 5}, {3}));  // logits need no normalising
  test::check_close(p.mean(), {0.1, 0.2, 0.7});
  test::check_close(p.log_prob(test::labels({0, 2}, {2})), {a, c});
  test::check_close(p.entropy(), {-0.1 * a - 0.2 * b - 0.7 * c});
  const Categorical q(f64({0, 0, 0}, {3}));
  test::check_close(kl_divergence(p, q), {0.1 * a + 0.2 * b + 0.7 * c + std::log(3.0)});
  const Categorical rows(f64({a, b, c, 0, 0, 0}, {2, 3}));
  test::check_close(rows.log_prob(test::labels({1, 1}, {2})), {b, -std::log(3.0)});
}

TEST_CASE("categorical: draws come with their probabilities") {
  manual_seed(3);
  const Categorical p(test::f32({std::log(0.1F), std::log(0.2F), std::log(0.7F)}, {3}));
  const auto x = p.sample({10000});
  CHECK(x.shape() == Shape{10000});
  CHECK(x.dtype() == DType::i64);
  std::vector<double> share(3);
  for (const auto label : x.to_vector<std::int64_t>())
    share.at(static_cast<std::size_t>(label)) += 1e-4;
  CHECK(std::abs(share[0] - 0.1) < 4 * std::sqrt(0.1 * 0.9 / 10000));
  CHECK(std::abs(share[1] - 0.2) < 4 * std::sqrt(0.2 * 0.8 / 10000));
  CHECK(test::contains(test::error_of(ErrorKind::usage, [] { Categorical(Tensor::ones({})); }),
                       "scalar"));
}

TEST_CASE("discrete: gradients") {
  const auto logits = test::leaf({-1, 0.3, 2, 0.1, -0.4, 0.9}, {2, 3});
  const auto coins = gradcheck(
      [](const Tensors& in) {
        const Bernoulli p(in[0]);
        return p.log_prob(f64({1, 0, 1}, {3})) + p.entropy() +
               kl_divergence(p, Bernoulli(f64({0.2}, {1})));
      },
      {logits});
  CHECK_MESSAGE(coins.ok, coins.message);
  const auto dice = gradcheck(
      [](const Tensors& in) {
        const Categorical p(in[0]);
        return p.log_prob(test::labels({2, 0}, {2})) + p.entropy() +
               kl_divergence(p, Categorical(f64({0.2, 1, -1}, {3})));
      },
      {logits});
  CHECK_MESSAGE(dice.ok, dice.message);
}
