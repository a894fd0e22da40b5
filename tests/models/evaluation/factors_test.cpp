#include "models/evaluation/factors.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "framework/data/synthetic.h"
#include "tests/models/evaluation/toy.h"

using namespace varve;
using namespace varve::evaluation;
using varve::test::in_order;
using varve::test::Toy;

namespace {

/// 500 sprites, far apart.
std::shared_ptr<const Dataset> some_sprites() {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < 500; ++i) indices.push_back((i * 104729) % 737280);
  return subset(sprites(), indices);
}

}  // namespace

TEST_CASE("codes come with the factors of their examples") {
  const auto data = some_sprites();
  auto loader = in_order(data);
  Toy model(3, 64 * 64);
  const auto codes = factor_codes(model, loader, 300, "mig");
  CHECK(codes.size() == 300);
  CHECK(codes.codes.columns == 3);
  REQUIRE(codes.factors.size() == 5);
  CHECK(codes.factors[4].name == "y");
  std::vector<int> values(5);
  for (const std::size_t i : {0U, 17U, 299U}) {
    data->factor_values(static_cast<std::int64_t>(i), values);
    for (std::size_t f = 0; f < 5; ++f) CHECK(codes.values[f][i] == values[f]);
  }
}

TEST_CASE("a factor that never changes is left out") {
  const auto data = take(sprites(), 2000);  // shape, scale and most orientations are the first
  auto loader = in_order(data);
  Toy model(1, 64 * 64);
  const auto codes = factor_codes(model, loader, 0, "mig");
  REQUIRE(codes.factors.size() == 3);
  CHECK(codes.factors[0].name == "orientation");
  auto one = in_order(take(sprites(), 1));
  CHECK_THROWS_WITH_AS(factor_codes(model, one, 0, "mig"), doctest::Contains("one value"), Error);
}

TEST_CASE("data without factors are refused, naming those that have them") {
  auto loader = in_order(digits(Split::test));
  Toy model(1, 28 * 28);
  CHECK_THROWS_WITH_AS(factor_codes(model, loader, 0, "sap"), doctest::Contains("[sap]"), Error);
  CHECK_THROWS_WITH_AS(require_factors(*digits(Split::test), "dci"), doctest::Contains("sprites"),
                       Error);
}

TEST_CASE("draws with a factor fixed agree in it, and in nothing else") {
  auto loader = in_order(some_sprites());
  Toy model(1, 64 * 64);
  const auto codes = factor_codes(model, loader, 0, "mig");
  const FactorSampler sampler(codes);
  PhiloxStream rng(1, 0);
  for (std::size_t f = 0; f < 5; ++f) {
    std::vector<int> other_agrees(5, 0);
    for (int draw = 0; draw < 200; ++draw) {
      const auto a = sampler.any(rng);
      const auto b = sampler.alike(f, a, rng);
      for (std::size_t g = 0; g < 5; ++g)
        other_agrees[g] += codes.values[g][a] == codes.values[g][b] ? 1 : 0;
    }
    CHECK(other_agrees[f] == 200);
    for (std::size_t g = 0; g < 5; ++g) {
      CAPTURE(f);
      CAPTURE(g);
      if (g != f) CHECK(other_agrees[g] < 150);
    }
  }
}
