#include "tests/corners/objects.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/corners/declared.h"

namespace varve::corners {
namespace {

/// What the headers of a folder declare.
std::set<std::string> declared_in(const std::string& folder) {
  std::set<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(VARVE_SOURCE_DIR "/" + folder))
    if (entry.path().extension() == ".h")
      all.merge(declared_functions(header_text(folder + "/" + entry.path().filename().string())));
  return all;
}

Rows joined(std::initializer_list<Rows> tables) {
  Rows rows;
  for (const auto& table : tables) rows.insert(rows.end(), table.begin(), table.end());
  return rows;
}

void check_complete(const std::string& folder, const Rows& rows) {
  const auto functions = declared_in(folder);
  REQUIRE(!functions.empty());
  MESSAGE(folder << ": " << functions.size() << " functions, " << rows.size() << " rows");
  for (const auto& name : without_row(functions, rows))
    FAIL_CHECK(folder << ": no row of " << name);
  for (const auto& name : without_function(functions, rows))
    FAIL_CHECK(folder << ": a row of " << name << ", which is not declared there");
}

}  // namespace

TEST_SUITE("corners: distributions, losses and layers") {
  TEST_CASE("continuous distributions") { check(continuous_rows()); }
  TEST_CASE("discrete distributions") { check(discrete_rows()); }
  TEST_CASE("multivariate distributions") { check(multivariate_rows()); }
  TEST_CASE("arguments of distributions") { check(argument_rows()); }
  TEST_CASE("losses") { check(loss_rows()); }
  TEST_CASE("divergences") { check(divergence_rows()); }
  TEST_CASE("likelihoods") { check(likelihood_rows()); }
  TEST_CASE("likelihoods as objects") { check(likelihood_object_rows()); }

  TEST_CASE("activations and dropout") { check(activation_rows()); }
  TEST_CASE("layers") { check(layer_rows()); }
  TEST_CASE("convolutions and pooling") { check(window_rows()); }
  TEST_CASE("layers as in PyTorch") { check(torch_layer_rows()); }
  TEST_CASE("linear algebra") { check(linalg_rows()); }
  TEST_CASE("modules") { check(module_rows()); }
  TEST_CASE("first weights") { check(init_rows()); }

  TEST_CASE("every function of the folders has a row") {
    check_complete("framework/distributions", joined({continuous_rows(), discrete_rows(),
                                                      multivariate_rows(), argument_rows()}));
    check_complete("framework/losses", joined({loss_rows(), divergence_rows(), likelihood_rows(),
                                               likelihood_object_rows()}));
    check_complete("framework/nn", joined({activation_rows(), layer_rows(), window_rows(),
                                           module_rows(), torch_layer_rows(), init_rows()}));
    check_complete("framework/linalg", linalg_rows());
  }
}

}  // namespace varve::corners
