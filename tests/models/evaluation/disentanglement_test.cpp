#include "models/evaluation/disentanglement.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace varve;
using namespace varve::evaluation;

namespace {

constexpr std::size_t examples = 6000;

/// Codes of examples with three independent factors of 3, 4 and 8 values.
template <class F>
FactorCodes made(std::size_t latent, F code) {
  FactorCodes out;
  out.factors = {{"shape", 3}, {"scale", 4}, {"x", 8}};
  out.values.resize(3);
  out.codes = Matrix(examples, latent);
  PhiloxStream rng(7, 0);
  for (std::size_t i = 0; i < examples; ++i) {
    for (std::size_t f = 0; f < 3; ++f)
      out.values[f].push_back(
          static_cast<int>(rng.below(static_cast<std::uint32_t>(out.factors[f].cardinality))));
    for (std::size_t d = 0; d < latent; ++d)
      out.codes(i, d) = code(out.values[0][i], out.values[1][i], out.values[2][i], d, rng);
  }
  return out;
}

/// A dimension for each factor, and one that is unused.
FactorCodes factored() {
  return made(4, [](int a, int b, int c, std::size_t d, PhiloxStream& rng) -> double {
    if (d == 0) return b;
    if (d == 1) return 10 + 0.1 * c;
    if (d == 2) return -a;
    return 1e-4 * rng.normal();
  });
}

FactorCodes noise() {
  return made(4,
              [](int, int, int, std::size_t, PhiloxStream& rng) -> double { return rng.normal(); });
}

/// All factors in all dimensions: a random rotation of the standardised factors.
FactorCodes mixed() {
  return made(3, [](int a, int b, int c, std::size_t d, PhiloxStream&) -> double {
    const double x[3] = {a / 0.816, b / 1.118, c / 2.291};
    const double turn[3][3] = {{0.577, 0.577, 0.577}, {0.707, -0.707, 0}, {0.408, 0.408, -0.816}};
    return turn[d][0] * x[0] + turn[d][1] * x[1] + turn[d][2] * x[2];
  });
}

const ScoreOptions small{.train = 2000, .test = 1000, .batch = 32};

}  // namespace

TEST_CASE("mutual information gap: 1 for a factored code, 0 for noise") {
  const auto full = mutual_information_gap(factored(), small);
  CHECK(full.value > 0.98);
  CHECK(full.value <= 1);
  CHECK(full.by_factor.size() == 3);
  CHECK(mutual_information_gap(noise(), small).value < 0.02);
  CHECK(mutual_information_gap(mixed(), small).value < 0.6);
}

TEST_CASE("the gap is between the two best dimensions, not between the best and nothing") {
  // Every factor lies in two dimensions, one of them a copy.
  const auto copied = made(6, [](int a, int b, int c, std::size_t d, PhiloxStream&) -> double {
    const int factor[3] = {a, b, c};
    return factor[d % 3] * (d < 3 ? 1.0 : -2.0);
  });
  CHECK(mutual_information_gap(copied, small).value == doctest::Approx(0).epsilon(1e-9));
  CHECK(std::abs(separated_attribute_predictability(copied, small).value) < 0.02);
  const auto dci_of_copy = dci(copied, small);
  CHECK(dci_of_copy.disentanglement > 0.98);  // a dimension says one thing
  CHECK(dci_of_copy.informativeness > 0.99);
}

TEST_CASE("mutual information gap of a code whose share is known") {
  // x in one dimension with its last bit replaced: I = log 4, and nothing elsewhere.
  const auto halved = made(2, [](int, int, int c, std::size_t d, PhiloxStream&) -> double {
    return d == 0 ? c / 2 : 0;
  });
  const auto score = mutual_information_gap(halved, small);
  CHECK(score.by_factor[2] == doctest::Approx(std::log(4) / std::log(8)).epsilon(0.01));
  CHECK(score.by_factor[0] < 0.01);
}

TEST_CASE("codes stored [latent, examples] and read as [examples, latent] score next to nothing") {
  // A well-known defect: a reshape in the place of a transposition. Our matrices are a row an
  // example, and a score that mixed the two up would give the first number for the second code.
  const FactorCodes right = factored();
  FactorCodes wrong = right;
  for (std::size_t i = 0; i < examples; ++i)
    for (std::size_t d = 0; d < 4; ++d) wrong.codes.values[d * examples + i] = right.codes(i, d);
  CHECK(mutual_information_gap(right, small).value > 0.98);
  CHECK(mutual_information_gap(wrong, small).value < 0.02);
  CHECK(beta_vae_score(right, small).value > 0.98);
  CHECK(beta_vae_score(wrong, small).value < 0.5);
}

TEST_CASE("the order of dimensions, their scale and their sign do not matter") {
  const FactorCodes code = factored();
  FactorCodes other = code;
  for (std::size_t i = 0; i < examples; ++i)
    for (std::size_t d = 0; d < 4; ++d) other.codes(i, d) = -code.codes(i, 3 - d);
  CHECK(mutual_information_gap(other, small).value ==
        doctest::Approx(mutual_information_gap(code, small).value).epsilon(0.01));
  CHECK(factor_vae_score(other, small).value == factor_vae_score(code, small).value);
}

TEST_CASE("separated attribute predictability: two values in a dimension each score 1/2") {
  // A linear machine tells two values apart without error; any other dimension is right half of
  // the time.
  FactorCodes code;
  code.factors = {{"left", 2}, {"right", 2}};
  code.values.resize(2);
  code.codes = Matrix(3000, 3);
  PhiloxStream rng(2, 0);
  for (std::size_t i = 0; i < 3000; ++i)
    for (std::size_t f = 0; f < 2; ++f) {
      code.values[f].push_back(static_cast<int>(rng.below(2)));
      code.codes(i, f) = 4 * code.values[f][i] + 0.1 * rng.normal();
      code.codes(i, 2) = rng.normal();
    }
  const auto score = separated_attribute_predictability(code, small);
  CHECK(score.value == doctest::Approx(0.5).epsilon(0.1));
  CHECK(score.by_factor[0] == doctest::Approx(0.5).epsilon(0.1));
  CHECK(std::abs(separated_attribute_predictability(noise(), small).value) < 0.05);
}

TEST_CASE("disentanglement and completeness from a matrix of importances") {
  Matrix one_to_one(3, 2);
  one_to_one.values = {1, 0, 0, 1, 0, 0};
  CHECK(dci_of_importance(one_to_one).disentanglement == doctest::Approx(1));
  CHECK(dci_of_importance(one_to_one).completeness == doctest::Approx(1));
  Matrix flat(3, 2, 1.0 / 3);
  CHECK(dci_of_importance(flat).disentanglement == doctest::Approx(0));
  CHECK(dci_of_importance(flat).completeness == doctest::Approx(0));
  // One dimension carries both factors, a second a half of one of them. By hand: row entropies
  // H(2/3, 1/3) and 0 in base 2, weights 3/4 and 1/4; columns H(1, 0) and H(1/2, 1/2).
  Matrix shared(2, 2);
  shared.values = {1, 0.5, 0, 0.5};
  const double h = -(2.0 / 3 * std::log2(2.0 / 3) + 1.0 / 3 * std::log2(1.0 / 3));
  CHECK(dci_of_importance(shared).disentanglement == doctest::Approx(0.75 * (1 - h) + 0.25));
  CHECK(dci_of_importance(shared).completeness == doctest::Approx(0.5));
  CHECK(dci_of_importance(Matrix(2, 2)).disentanglement == 0);
}

TEST_CASE("dci: 1 for a factored code, low for noise and for a mixed one") {
  const auto full = dci(factored(), small);
  CHECK(full.disentanglement > 0.98);
  CHECK(full.completeness > 0.98);
  CHECK(full.informativeness > 0.99);
  CHECK(full.importance.rows == 4);
  CHECK(full.importance.columns == 3);
  const auto none = dci(noise(), small);
  CHECK(none.disentanglement < 0.05);
  CHECK(none.informativeness < 0.35);  // chance: (1/3 + 1/4 + 1/8) / 3 = 0.24
  const auto turned = dci(mixed(), small);
  CHECK(turned.disentanglement < 0.5);
  CHECK(turned.informativeness > 0.8);
}

TEST_CASE("the BetaVAE score sees fixed factors in a factored and in no random code") {
  CHECK(beta_vae_score(factored(), small).value > 0.98);
  CHECK(beta_vae_score(noise(), small).value == doctest::Approx(1.0 / 3).epsilon(0.2));
}

TEST_CASE("the FactorVAE score sees fixed factors, and leaves out dimensions that do not vary") {
  CHECK(factor_vae_score(factored(), small).value == 1);
  CHECK(factor_vae_score(noise(), small).value == doctest::Approx(1.0 / 3).epsilon(0.25));
  FactorCodes still = noise();
  for (auto& value : still.codes.values) value *= 0.01;
  CHECK(factor_vae_score(still, small).value == 0);
  CHECK(factor_vae_score(still, {.train = 500, .test = 500, .prune = 0}).value > 0.2);
}

TEST_CASE("scores are functions of codes and seed") {
  const FactorCodes code = mixed();
  ScoreOptions other = small;
  other.seed = 1;
  CHECK(beta_vae_score(code, small).value == beta_vae_score(code, small).value);
  CHECK(factor_vae_score(code, small).by_factor == factor_vae_score(code, small).by_factor);
  CHECK(mutual_information_gap(code, small).value != mutual_information_gap(code, other).value);
}
