#include "models/evaluation/published.h"

#include <doctest/doctest.h>

#include <set>

#include "models/registry.h"

using namespace varve;
using namespace varve::evaluation;

TEST_CASE("every published figure is of a model and a metric that there are") {
  const std::set<std::string> metrics{
      "loss",           "reconstruction",  "kl", "nll", "mig", "sap", "dci",
      "beta-vae-score", "factor-vae-score"};
  for (const auto& row : published_figures()) {
    CAPTURE(row.source);
    CHECK_NOTHROW(find_model(row.model));
    CHECK(metrics.contains(row.metric));
    CHECK((row.data == "mnist" || row.data == "sprites"));
    CHECK((row.binarize.empty() || row.binarize == "none" || row.binarize == "static" ||
           row.binarize == "dynamic"));
    CHECK_FALSE(row.setting.empty());
  }
}

TEST_CASE("a figure stands beside ours only if model, data and binarisation agree") {
  const auto dynamic = published("nll", "vae", "mnist", "dynamic");
  REQUIRE(dynamic.size() == 1);
  CHECK(dynamic[0].value == 87.78);
  CHECK(published("nll", "vae", "mnist", "static").size() == 2);
  CHECK(published("nll", "vae", "mnist", "none").empty());  // no likelihood
  CHECK(published("nll", "vae", "digits", "dynamic").empty());
  CHECK(published("mig", "beta-tcvae", "sprites", "none")[0].value == 0.45);
  CHECK(published("mig", "beta-tcvae", "sprites", "static").size() == 1);
}
