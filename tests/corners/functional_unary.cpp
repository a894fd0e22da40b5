#include "framework/tensor/functional.h"

#include "tests/corners/functional.h"

namespace varve::corners {

Rows unary_rows() {
  return {
      {"exp",
       "infinities",
       {f({-inf, inf, nan, 0})},
       [](const Tensors& x) { return exp(x[0]); },
       f({0, inf, nan, 1}),
       {f({0, inf, nan, 1})},
       Kind::elementwise},
  };
}

}  // namespace varve::corners
