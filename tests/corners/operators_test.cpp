#include "tests/corners/operators.h"

#include <doctest/doctest.h>

#include "tests/corners/declared.h"

namespace varve::corners {

TEST_SUITE("corners: tensor.h") {
  TEST_CASE("operators with numbers, and what makes tensors of them") { check(operator_rows()); }

  TEST_CASE("every operator has a row") {
    std::set<std::string> wanted{"Tensor::full", "Tensor::arange"};
    for (const auto& name : declared_functions(header_text("framework/tensor/tensor.h")))
      if (name.starts_with("operator") && name != "operator<<") wanted.insert(name);
    CHECK(joined(without_row(wanted, operator_rows())) == "");
    CHECK(joined(without_function(wanted, operator_rows())) == "");
  }
}

}  // namespace varve::corners
