#include "framework/nn/activations.h"

#include <cmath>
#include <numbers>

#include "framework/nn/dropout.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

constexpr auto elementwise = Kind::elementwise;

template <class L>
Tensor through(const Tensors& x) {
  return L()(x[0]);
}

Rows value_rows() {
  return {
      {"ReLU::forward",
       "infinities, zeros",
       {f({inf, -inf, 0, -0.0, -3, 2})},
       through<ReLU>,
       f({inf, 0, 0, 0, 0, 2}),
       {f({1, 0, 0, 0, 0, 1})},
       elementwise},
      {"LeakyReLU::forward",
       "infinities, zeros, NaN",
       {f({inf, -inf, 0, nan, -100})},
       through<LeakyReLU>,
       f({inf, -inf, 0, nan, -1}),
       {},
       elementwise},
      {"ELU::forward",
       "infinities, zeros, NaN",
       {f({inf, -inf, 0, nan, 1000})},
       through<ELU>,
       f({inf, -1, 0, nan, 1000}),
       {},
       elementwise},
      {"SiLU::forward",
       "large, zero, NaN",
       {f({inf, 0, nan, 1000})},
       through<SiLU>,
       f({inf, 0, nan, 1000}),
       {},
       elementwise},
      {"GELU::forward",
       "large, zero, NaN",
       {f({inf, 0, nan, 1000})},
       through<GELU>,
       f({inf, 0, nan, 1000}),
       {},
       elementwise},
      {"Tanh::forward",
       "infinities, zeros, NaN",
       {f({inf, -inf, 0, -0.0, nan})},
       through<Tanh>,
       f({1, -1, 0, -0.0, nan}),
       {},
       elementwise},
      {"Sigmoid::forward",
       "infinities, zero, NaN",
       {f({inf, -inf, 0, nan})},
       through<Sigmoid>,
       f({1, 0, 0.5, nan}),
       {},
       elementwise},
      {"Softplus::forward",
       "infinities, zero, NaN, large",
       {f({inf, -inf, 0, nan, 1000})},
       through<Softplus>,
       f({inf, 0, std::numbers::ln2, nan, 1000}),
       {},
       elementwise},
      {"GLU::forward",
       "a gate that is open, half open, closed",
       {f({3, 2}, {3, 1000, 3, 0, 3, -1000})},
       through<GLU>,
       f({3, 1}, {3, 1.5, 0})},
      {"GLU::forward",
       "an odd last axis",
       {f({1, 3}, {1, 2, 3})},
       through<GLU>,
       Refused{"[GLU] halves the last axis, which is odd or missing: (1, 3)"}},
      {"GLU::forward", "a scalar", {scalar(1)}, through<GLU>, Refused{"[GLU]"}},
      {"GLU::forward", "no rows", {f({0, 2}, {})}, through<GLU>, f({0, 1}, {})},
      {"ReLU::forward", "NaN", {f({nan})}, through<ReLU>, f({nan}), {}, elementwise},
      {"ReLU::forward", "none", {f({0, 3}, {})}, through<ReLU>, f({0, 3}, {})},
  };
}

Rows dropout_rows() {
  return {
      {"Dropout::forward",
       "p = 0",
       {f({1, inf, nan})},
       [](const Tensors& x) { return Dropout({.p = 0})(x[0]); },
       f({1, inf, nan}),
       {f({1, 1, 1})},
       elementwise},
      {"Dropout::forward",
       "p next to 1",
       {f({1, -2})},
       [](const Tensors& x) { return Dropout({.p = 1 - 1e-12})(x[0]); },
       f({0, 0}),
       {f({0, 0})},
       elementwise},
      {"Dropout::forward",
       "evaluation",
       {f({1, inf, nan})},
       [](const Tensors& x) {
         Dropout layer({.p = 0.9});
         layer.eval();
         return layer(x[0]);
       },
       f({1, inf, nan}),
       {},
       elementwise},
      refused(
          "Dropout::Dropout", "p = 1", [](const Tensor&) { Dropout({.p = 1}); }, "[Dropout] p = 1"),
      refused(
          "Dropout::Dropout", "p NaN", [](const Tensor&) { Dropout({.p = nan}); },
          "[Dropout] p = nan"),
      refused(
          "Dropout::Dropout", "p below 0", [](const Tensor&) { Dropout({.p = -0.1}); },
          "[Dropout] p = -0.1"),
      fact("Dropout::describe", "by default",
           [](const Tensor&) { return Dropout().describe() == "Dropout(0.5)"; }),
  };
}

Rows name_rows() {
  return {
      fact("ReLU::describe", "", [](const Tensor&) { return ReLU().describe() == "ReLU"; }),
      fact("LeakyReLU::describe", "by default",
           [](const Tensor&) { return LeakyReLU().describe() == "LeakyReLU(0.01)"; }),
      fact("ELU::describe", "by default",
           [](const Tensor&) { return ELU().describe() == "ELU(1)"; }),
      fact("SiLU::describe", "", [](const Tensor&) { return SiLU().describe() == "SiLU"; }),
      fact("GELU::describe", "", [](const Tensor&) { return GELU().describe() == "GELU"; }),
      fact("Tanh::describe", "", [](const Tensor&) { return Tanh().describe() == "Tanh"; }),
      fact("Sigmoid::describe", "",
           [](const Tensor&) { return Sigmoid().describe() == "Sigmoid"; }),
      fact("Softplus::describe", "",
           [](const Tensor&) { return Softplus().describe() == "Softplus"; }),
      fact("GLU::describe", "", [](const Tensor&) { return GLU().describe() == "GLU"; }),
      refused(
          "LeakyReLU::LeakyReLU", "a slope of NaN",
          [](const Tensor&) { LeakyReLU({.slope = nan}); }, "[LeakyReLU] slope = nan"),
      refused(
          "ELU::ELU", "an infinite alpha", [](const Tensor&) { ELU({.alpha = inf}); },
          "[ELU] alpha = inf"),
      fact("activation_names", "each can be made",
           [](const Tensor&) {
             for (const auto& name : activation_names())
               if (make_activation(name) == nullptr) return false;
             return activation_names().size() == 8;
           }),
      refused(
          "make_activation", "an unknown name", [](const Tensor&) { make_activation("rellu"); },
          "did you mean 'relu'"),
      refused(
          "make_activation", "no name", [](const Tensor&) { make_activation(""); },
          "[activation] unknown name ''"),
  };
}

}  // namespace

Rows activation_rows() {
  Rows rows = value_rows();
  for (const auto& more : {dropout_rows(), name_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
