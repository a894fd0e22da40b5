#include "framework/core/error.h"
#include "models/vae/vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

TEST_CASE("an option reads its value from text and keeps it in its bounds") {
  const Option gamma{"gamma", "a weight", Option::Kind::number, 10.0, {0, 100}};
  CHECK(gamma.parse("2.5") == OptionValue(2.5));
  CHECK(gamma.checked(std::int64_t{3}) == OptionValue(3.0));
  for (const auto* text : {"-1", "101", "nan", "inf", "1e999", "x", "", "2 ", "linear:0:1:5"})
    CHECK_THROWS_WITH_AS(gamma.parse(text), doctest::Contains("--gamma"), Error);
  CHECK_THROWS_WITH_AS(gamma.checked(std::string("7")), doctest::Contains("a number from 0 to 100"),
                       Error);

  const Option samples{"samples", "draws", Option::Kind::count, std::int64_t{5}, counting};
  CHECK(samples.parse("7") == OptionValue(std::int64_t{7}));
  for (const auto* text : {"0", "-2", "1.5", "99999999999999999999"})
    CHECK_THROWS_WITH_AS(samples.parse(text), doctest::Contains("--samples"), Error);

  const Option noise{
      "noise", "kind", Option::Kind::choice, std::string("gaussian"), {}, {"gaussian", "mask"}};
  CHECK(noise.parse("mask") == OptionValue(std::string("mask")));
  CHECK_THROWS_WITH_AS(noise.parse("masks"), doctest::Contains("did you mean 'mask'?"), Error);

  const Option hidden{"hidden", "layers", Option::Kind::counts, std::vector<std::int64_t>{400},
                      counting};
  CHECK(hidden.parse("64,32") == OptionValue(std::vector<std::int64_t>{64, 32}));
  CHECK(text_of(hidden.parse("64,32")) == "64,32");
  for (const auto* text : {"", "64,", "64,x", "0", "64;32"})
    CHECK_THROWS_WITH_AS(hidden.parse(text), doctest::Contains("--hidden"), Error);
  CHECK_THROWS_AS(gamma.checked(std::vector<std::int64_t>{1}), Error);

  const Option beta{"beta", "a weight", Option::Kind::schedule, std::string("4"), {.least = 0}};
  CHECK(beta.parse("2") == OptionValue(2.0));
  CHECK(beta.parse("linear:0:4:10") == OptionValue(std::string("linear:0:4:10")));
  CHECK_THROWS_WITH_AS(beta.parse("-1"), doctest::Contains("at least 0"), Error);
  CHECK_THROWS_WITH_AS(beta.parse("linear:-1:4:10"), doctest::Contains("--beta"), Error);
  CHECK_THROWS_AS(beta.parse("line:0:4:10"), Error);
  CHECK(beta.parse("linear:0:4:50%") == OptionValue(std::string("linear:0:4:50%")));
}

TEST_CASE("a model fills in its defaults and refuses what is not for it") {
  const ModelOptions beta_vae = completed(find_model("beta-vae"), small());
  CHECK(beta_vae.own.at("beta") == OptionValue(std::string("4")));
  CHECK(beta_vae.own.at("samples") == OptionValue(std::int64_t{1}));
  CHECK(beta_vae.own.at("posterior") == OptionValue(std::string("diagonal")));
  CHECK(beta_vae.own.at("hidden") == OptionValue(std::vector<std::int64_t>{16}));
  CHECK(completed(find_model("vae"), small()).own.at("beta") == OptionValue(std::string("1")));
  CHECK(completed(find_model("vae"), {.image = {8, 8, 1}}).latent == 20);
  CHECK(completed(find_model("vae"), {.image = {8, 8, 1}, .arch = "conv"}).latent == 10);
  CHECK(completed(find_model("vq-vae"), {.image = {8, 8, 1}}).latent == 64);

  auto options = small();
  options.own = {{"beta", 2}, {"posterior", std::string("full")}};
  CHECK(completed(find_model("vae"), options).own.at("beta") == OptionValue(2.0));
  options.own = {{"bta", 2.0}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("did you mean 'beta'"), Error);
  CHECK_THROWS_WITH_AS(make_model("autoencoder", options), doctest::Contains("'bta'"), Error);
  options.own = {{"samples", std::int64_t{0}}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("at least 1"), Error);
  options.own = {{"posterior", std::string("fulll")}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("did you mean 'full'"), Error);
}
