#include "tests/corners/functional.h"

#include <doctest/doctest.h>

#include "tests/corners/declared.h"

namespace varve::corners {

TEST_SUITE("corners: functional.h") {
  TEST_CASE("functions of one operand") { check(unary_rows()); }
  TEST_CASE("reductions") { check(reduction_rows()); }
}

}  // namespace varve::corners
