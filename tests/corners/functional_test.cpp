#include "tests/corners/functional.h"

#include <doctest/doctest.h>

#include "tests/corners/declared.h"

namespace varve::corners {

TEST_SUITE("corners: functional.h") {
  TEST_CASE("functions of one operand") { check(unary_rows()); }
  TEST_CASE("functions of two operands") { check(binary_rows()); }
  TEST_CASE("reductions") { check(reduction_rows()); }
  TEST_CASE("indices and shapes") { check(indexing_rows()); }
  TEST_CASE("networks") { check(network_rows()); }
  TEST_CASE("convolutions") { check(convolution_rows()); }
  TEST_CASE("draws") { check(random_rows()); }

  TEST_CASE("every function has a row, and every row a function") {
    Rows all;
    for (const auto& rows : {unary_rows(), binary_rows(), reduction_rows(), indexing_rows(),
                             network_rows(), convolution_rows(), random_rows()})
      all.insert(all.end(), rows.begin(), rows.end());
    const auto functions = declared_functions(header_text("framework/tensor/functional.h"));
    CHECK(joined(without_row(functions, all)) == "");
    CHECK(joined(without_function(functions, all)) == "");
    MESSAGE(functions.size() << " functions, " << all.size() << " rows");
  }
}

}  // namespace varve::corners
