#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::check_error;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

json evaluated(const Place& place, const std::string& arguments) {
  const Outcome done = place.varve("eval run --json " + arguments);
  REQUIRE_MESSAGE(done.code == 0, done.err);
  return json::parse(done.out);
}

}  // namespace

TEST_CASE("eval measures what --metrics names") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train {} --out run", tiny)).code == 0);

  SUBCASE("bounds and codes, as JSON") {
    const auto out =
        evaluated(place, "--metrics nll,elbo,active-units,latent,nll --samples 20 --limit 300");
    REQUIRE(out["metrics"].size() == 4);
    const auto& nll = out["metrics"]["nll"]["figures"];
    const auto& elbo = out["metrics"]["elbo"]["figures"];
    CHECK(nll["images"] == 300);
    CHECK(nll["samples"] == 20);
    CHECK(nll["nll"].get<double>() < -elbo["elbo"].get<double>());
    CHECK(nll["standard_error"].get<double>() > 0);
    CHECK(elbo["kl_per_dimension"].size() == 4);
    CHECK(elbo["loss"] != out["loss"]);  // of the 300, as all of these figures
    CHECK(elbo["loss"].get<double>() == doctest::Approx(out["loss"].get<double>()).epsilon(0.02));
    CHECK(out["metrics"]["nll"]["remarks"][0].get<std::string>().find("cross entropy") !=
          std::string::npos);
    const auto& latent = out["metrics"]["latent"]["figures"];
    for (const auto* rate :
         {"hole_rate", "completeness", "completeness_classifier", "continuity"}) {
      CHECK(latent[rate].get<double>() >= 0);
      CHECK(latent[rate].get<double>() <= 1);
    }
    CHECK(latent["class_log_area"].size() == 10);
    CHECK(out["metrics"]["active-units"]["figures"]["latent"] == 4);
    // The same again, and more draws for a tighter bound.
    CHECK(evaluated(place, "--metrics nll --samples 20 --limit 300")["metrics"]["nll"] ==
          out["metrics"]["nll"]);
    const auto more = evaluated(place, "--metrics nll --samples 200 --limit 300");
    CHECK(more["metrics"]["nll"]["figures"]["nll"].get<double>() < nll["nll"].get<double>());
  }
  SUBCASE("binarised data make it a likelihood") {
    const auto out = evaluated(place, "--metrics nll --limit 50 --binarize dynamic");
    CHECK(out["metrics"]["nll"]["figures"]["binarize"] == "dynamic");
    CHECK_FALSE(out["metrics"]["nll"].contains("remarks"));
  }
  SUBCASE("all: what the data cannot serve is left out, with the reason") {
    const Outcome all = place.varve("eval run --metrics all --samples 2 --limit 200");
    REQUIRE_MESSAGE(all.code == 0, all.err);
    for (const auto* part : {"\nmig: skipped: [mig]", "--data sprites", "frechet_classifier_floor",
                             "no FID", "active_units", "doctor: "})
      CHECK_MESSAGE(all.out.find(part) != std::string::npos, part);
  }
  SUBCASE("a metric by name that the data cannot serve is an error") {
    check_error(place.varve("eval run --metrics nll,mig"), 2, "sprites");
  }
  SUBCASE("unknown names, before anything else") {
    check_error(place.varve("eval nowhere --metrics mgi"), 2, "did you mean 'mig'");
    check_error(place.varve("eval run --metrics nll,"), 2, "unknown metric ''");
    check_error(place.varve("eval run --metrics nll --samples 0"), 2, "samples");
  }
}

TEST_CASE("a model without a likelihood bound says so") {
  const Place place;
  REQUIRE(place.varve(fmt::format("train --model autoencoder {} --out run", tiny)).code == 0);
  check_error(place.varve("eval run --metrics nll"), 2, "train a vae");
  const auto out = evaluated(place, "--metrics all --limit 200");
  CHECK(out["metrics"]["elbo"]["skipped"].get<std::string>().find("train a vae") !=
        std::string::npos);
  CHECK(out["metrics"]["latent"]["remarks"][0].get<std::string>().find("no prior") !=
        std::string::npos);
  CHECK(out["metrics"]["frechet"]["figures"]["frechet_classifier"].get<double>() > 0);
}

TEST_CASE("scores of factors on sprites") {
  const Place place;
  REQUIRE(place
              .varve("train --data sprites --limit 256 --epochs 1 --hidden 16 --latent 3 "
                     "--progress none --out run")
              .code == 0);
  const std::string sizes =
      "--metrics mig,sap,dci,beta-vae-score,factor-vae-score --pool 600 --score-train 300 "
      "--score-test 100 --score-batch 8";
  const auto out = evaluated(place, sizes)["metrics"];
  for (const auto& [name, key] : {std::pair{"mig", "mig"},
                                  {"sap", "sap"},
                                  {"dci", "dci_disentanglement"},
                                  {"beta-vae-score", "beta_vae_score"},
                                  {"factor-vae-score", "factor_vae_score"}}) {
    CAPTURE(name);
    const auto& figures = out[name]["figures"];
    CHECK(figures[key].get<double>() >= 0);
    CHECK(figures[key].get<double>() <= 1);
    CHECK(figures["pool"] == 600);
  }
  CHECK(out["mig"]["figures"]["by_factor"].contains("orientation"));
  CHECK(out["mig"]["published"][0]["value"] == 0.1);
  CHECK(evaluated(place, sizes)["metrics"] == out);
}

TEST_CASE("who learnt to restore does better than the spoilt image and a plain autoencoder") {
  const Place place;
  const std::string small =
      "--limit 2000 --batch-size 32 --epochs 20 --hidden 256 --latent 32 --lr 0.002 --progress "
      "none";
  REQUIRE(place.varve("train --model autoencoder --out plain " + small).code == 0);
  for (const auto* kind : {"denoising", "inpainting"}) {
    CAPTURE(kind);
    REQUIRE(
        place.varve(fmt::format("train --model {}-autoencoder --out run {}", kind, small)).code ==
        0);
    const auto own = evaluated(place, "--metrics restoration")["metrics"]["restoration"]["figures"];
    const Outcome asked = place.varve("eval plain --metrics restoration --spoilt-by run --json");
    REQUIRE_MESSAGE(asked.code == 0, asked.err);
    const auto plain = json::parse(asked.out)["metrics"]["restoration"]["figures"];
    CHECK(plain["error_spoilt"] == own["error_spoilt"]);
    const double restored = own["error_restored"].get<double>();
    CHECK(restored < 0.6 * own["error_spoilt"].get<double>());
    CHECK(restored < 0.85 * plain["error_restored"].get<double>());
    std::filesystem::remove_all(place / "run");
  }
  check_error(place.varve("eval plain --metrics restoration"), 2, "--spoilt-by");
  check_error(place.varve("eval plain --metrics restoration --spoilt-by nowhere"), 3, "nowhere");
}
