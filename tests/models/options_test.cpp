#include "framework/core/error.h"
#include "models/vae/vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

TEST_CASE("an option reads its value from text and keeps it in its bounds") {
  const NumberOption gamma("gamma", "a weight", 10, {0, 100});
  CHECK(gamma.parse("2.5") == OptionValue(2.5));
  CHECK(gamma.checked(std::int64_t{3}) == OptionValue(3.0));
  for (const auto* text : {"-1", "101", "nan", "inf", "1e999", "x", "", "2 ", "linear:0:1:5"})
    CHECK_THROWS_WITH_AS(gamma.parse(text), doctest::Contains("--gamma"), Error);
  CHECK_THROWS_WITH_AS(gamma.checked(std::string("7")), doctest::Contains("a number from 0 to 100"),
                       Error);

  const CountOption samples("samples", "draws", 5);
  CHECK(samples.parse("7") == OptionValue(std::int64_t{7}));
  for (const auto* text : {"0", "-2", "1.5", "99999999999999999999"})
    CHECK_THROWS_WITH_AS(samples.parse(text), doctest::Contains("--samples"), Error);

  const ChoiceOption noise("noise", "kind", {"gaussian", "mask"});
  CHECK(noise.fallback == OptionValue(std::string("gaussian")));
  CHECK(noise.parse("mask") == OptionValue(std::string("mask")));
  CHECK_THROWS_WITH_AS(noise.parse("masks"), doctest::Contains("did you mean 'mask'?"), Error);

  const ScheduleOption beta("beta", "a weight", 4, {0});
  CHECK(beta.parse("2") == OptionValue(2.0));
  CHECK(beta.parse("linear:0:4:10") == OptionValue(std::string("linear:0:4:10")));
  CHECK_THROWS_WITH_AS(beta.parse("-1"), doctest::Contains("at least 0"), Error);
  CHECK_THROWS_WITH_AS(beta.parse("linear:-1:4:10"), doctest::Contains("--beta"), Error);
  CHECK_THROWS_AS(beta.parse("line:0:4:10"), Error);
  CHECK(beta.with_default(1).fallback == OptionValue(std::string("1")));
}

TEST_CASE("a model fills in its defaults and refuses what is not for it") {
  const ModelOptions beta_vae = completed(find_model("beta-vae"), small());
  CHECK(beta_vae[Vae::beta](0) == 4);
  CHECK(beta_vae[Vae::samples] == 1);
  CHECK(beta_vae[Vae::covariance] == "diagonal");
  CHECK(completed(find_model("vae"), small())[Vae::beta](0) == 1);
  CHECK(completed(find_model("vae"), {.image = {8, 8, 1}}).latent == 20);
  CHECK(completed(find_model("vae"), {.image = {8, 8, 1}, .arch = "conv"}).latent == 10);
  CHECK(completed(find_model("vq-vae"), {.image = {8, 8, 1}}).latent == 64);

  auto options = small();
  options.own = {{"beta", 2}, {"posterior", std::string("full")}};
  CHECK(completed(find_model("vae"), options)[Vae::beta](0) == 2);
  options.own = {{"bta", 2.0}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("did you mean 'beta'"), Error);
  CHECK_THROWS_WITH_AS(make_model("autoencoder", options), doctest::Contains("none of its own"),
                       Error);
  options.own = {{"samples", std::int64_t{0}}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("at least 1"), Error);
  options.own = {{"posterior", std::string("fulll")}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("did you mean 'full'"), Error);
  // A model that is built past the registry says what is missing.
  CHECK_THROWS_WITH_AS(Vae{small()}, doctest::Contains("make_model()"), Error);
}
