#include "framework/tensor/functional.h"

#include "tests/corners/functional.h"

namespace varve::corners {

Rows reduction_rows() {
  return {
      {"logsumexp",
       "large",
       {f({1000, 1000})},
       [](const Tensors& x) { return logsumexp(x[0]); },
       scalar(1000.6931471805599),
       {f({0.5, 0.5})}},
      {"max",
       "nothing",
       {f({})},
       [](const Tensors& x) { return max(x[0]); },
       Refused{"[max] of no elements"}},
  };
}

}  // namespace varve::corners
