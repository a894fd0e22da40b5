#include "framework/tensor/functional.h"
#include "tests/corners/functional.h"

namespace varve::corners {
namespace {

// Draws are held to what they must be, whatever they are.

Tensor in_unit_interval(const Tensor& u) {
  return all(minimum(less(u, Tensor::ones({}, u.dtype(), u.device())),
                     equal(u, maximum(u, Tensor::zeros({}, u.dtype(), u.device())))));
}

}  // namespace

Rows random_rows() {
  return {
      {"rand",
       "0 <= u < 1",
       {f({0})},
       [](const Tensors& x) { return in_unit_interval(rand({1029}, x[0].dtype(), x[0].device())); },
       boolean({}, {true})},
      {"rand",
       "of nothing",
       {f({0})},
       [](const Tensors& x) {
         return rand({0, 3}, x[0].dtype(), x[0].device());
       },
       f({0, 3}, {})},
      {"rand",
       "not of integers",
       {i32({0})},
       [](const Tensors& x) { return rand({3}, x[0].dtype(), x[0].device()); },
       Refused{"i32"}},
      {"randn",
       "finite",
       {f({0})},
       [](const Tensors& x) {
         return all(less(abs(randn({1029}, x[0].dtype(), x[0].device())),
                         Tensor::full({}, 9, x[0].dtype(), x[0].device())));
       },
       boolean({}, {true})},
      {"randn",
       "of nothing",
       {f({0})},
       [](const Tensors& x) {
         return randn({0, 3}, x[0].dtype(), x[0].device());
       },
       f({0, 3}, {})},
      {"dropout",
       "never",
       {f({1, -inf, nan, -0.0})},
       [](const Tensors& x) { return dropout(x[0], 0); },
       f({1, -inf, nan, -0.0}),
       {f({1, 1, 1, 1})},
       Kind::elementwise},
      {"dropout",
       "no probability",
       {f({1})},
       [](const Tensors& x) { return dropout(x[0], 1.5); },
       Refused{"[dropout]"}},
      {"dropout",
       "NaN as a probability",
       {f({1})},
       [](const Tensors& x) { return dropout(x[0], nan); },
       Refused{"[dropout]"}},
      {"dropout",
       "always",
       {f({1, inf, nan, 0})},
       [](const Tensors& x) { return dropout(x[0], 1); },
       f({0, 0, 0, 0}),
       {f({0, 0, 0, 0})},
       Kind::elementwise},
  };
}

}  // namespace varve::corners
