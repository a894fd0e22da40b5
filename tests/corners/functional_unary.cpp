#include "framework/tensor/functional.h"
#include "tests/corners/functional.h"

namespace varve::corners {
namespace {

using Unary = Tensor (*)(const Tensor&);

Row row(std::string_view function, std::string_view situation, Unary run, Array in, Array want,
        Array gradient = any(), Tolerance tolerance = {1e-7, 2e-6}) {
  return {function,          situation,
          {std::move(in)},   [run](const Tensors& x) { return run(x[0]); },
          std::move(want),   {std::move(gradient)},
          Kind::elementwise, tolerance};
}

// Where a result near 0 has all its digits; a device may take denormal numbers for 0.
constexpr Tolerance relative{1.2e-38, 2e-6};

Rows elementary() {
  return {
      row("exp", "infinities", exp, f({-inf, inf, nan, 0, -0.0, 1}),
          f({0, inf, nan, 1, 1, 2.718281828459045}), f({0, inf, nan, 1, 1, 2.718281828459045})),
      row("exp", "far away", exp, f({-1000, 1000}), f({0, inf}), f({0, inf})),
      row("exp", "the ends of f32", exp, f32({88.5, 88.72283172607422, 88.7228394, -87.5, -104}),
          f32({2.7230878250681116e38, 3.4027985374118487e38, inf, 9.98235093e-39, 0}), any(),
          {1.2e-38, 2e-6}),
      row("exp", "integers are f32", exp, i32({0, 1, -1}), f32({1, 2.7182818, 0.36787944})),
      row("expm1", "infinities", expm1, f({-inf, inf, nan, -1000, 1000}),
          f({-1, inf, nan, -1, inf}), f({0, inf, nan, 0, inf})),
      row("expm1", "near 0", expm1, f({1e-10, 0, -0.0, 0x1p-10, -0.5, 0.5, 20, -20}),
          f({1.00000000005e-10, 0, -0.0, 0.00097703949241653524, -0.39346934028736658,
             0.64872127070012815, 485165194.40979028, -0.99999999793884638}),
          any(), relative),
      row("log", "its ends", log, f({0, -0.0, inf, -inf, nan, -1, 1}),
          f({-inf, -inf, inf, nan, nan, nan, 0}), f({inf, -inf, 0, -0.0, nan, -1, 1})),
      row("log", "a small number", log, f({0x1p-40}), f({-27.725887222397812})),
      row("log1p", "its ends", log1p, f({-1, inf, -2, nan, 1e-10, 0}),
          f({-inf, inf, nan, nan, 9.9999999995e-11, 0}), f({inf, 0, -1, nan, 0.9999999999, 1}),
          relative),
      row("sqrt", "its ends", sqrt, f({0, -0.0, inf, -1, nan, 4}), f({0, -0.0, inf, nan, nan, 2}),
          f({inf, -inf, 0, nan, nan, 0.25})),
      row("sin", "large", sin, f({1000, -1000, 10000, 1e5, 1e6}),
          f({0.82687954053200256, -0.82687954053200256, -0.30561438888825214, 0.035748797972016509,
             -0.34999350217129295}),
          f({0.56237907629070299, 0.56237907629070299, -0.95215536825901485, -0.99936080743821245,
             0.93675212753314479}),
          {2e-7, 0}),
      row("sin", "infinities", sin, f({inf, -inf, nan, 0, -0.0, 1e-10}),
          f({nan, nan, nan, 0, -0.0, 1e-10}), f({nan, nan, nan, 1, 1, 1}), relative),
      row("cos", "large", cos, f({1000, -1000, 10000, 1e5, 1e6}),
          f({0.56237907629070299, 0.56237907629070299, -0.95215536825901485, -0.99936080743821245,
             0.93675212753314479}),
          f({-0.82687954053200256, 0.82687954053200256, 0.30561438888825214, -0.035748797972016509,
             0.34999350217129295}),
          {2e-7, 0}),
      row("cos", "infinities", cos, f({inf, -inf, nan, 0, -0.0, 0.5}),
          f({nan, nan, nan, 1, 1, 0.87758256189037272}),
          f({nan, nan, nan, 0, 0, -0.479425538604203})),
      row("tanh", "its ends", tanh, f({inf, -inf, nan, 1000, -1000, 0, -0.0, 1e-10, 0.5}),
          f({1, -1, nan, 1, -1, 0, -0.0, 1e-10, 0.46211715726000976}),
          f({0, 0, nan, 0, 0, 1, 1, 1, 0.78644773296592741}), relative),
      row("erf", "its ends", erf, f({inf, -inf, nan, 30, -30, 0, -0.0, 1e-10, 0.5, -3}),
          f({1, -1, nan, 1, -1, 0, -0.0, 1.1283791670955126e-10, 0.52049987781304654,
             -0.99997790950300141}),
          f({0, 0, nan, 0, 0, 1.1283791670955126, 1.1283791670955126, 1.1283791670955126,
             0.87878257893544479, 0.0001392530519467479}),
          {1.2e-38, 5e-6}),
  };
}

Rows simple() {
  return {
      row("neg", "zeros and infinities", neg, f({0, -0.0, inf, -inf, nan}),
          f({-0.0, 0, -inf, inf, nan}), f({-1, -1, -1, -1, -1})),
      row("neg", "integers wrap around", neg, i32({INT32_MIN, INT32_MAX, 0}),
          i32({INT32_MIN, -INT32_MAX, 0})),
      row("neg", "wide integers wrap around", neg, i64({INT64_MIN, INT64_MAX}),
          i64({INT64_MIN, -INT64_MAX})),
      row("neg", "bytes wrap around", neg, u8({0, 1, 255}), u8({0, 255, 1})),
      row("neg", "bool counts", neg, boolean({true, false}), i32({-1, 0})),
      row("abs", "zeros and infinities", abs, f({0, -0.0, inf, -inf, nan, -2}),
          f({0, 0, inf, inf, nan, 2}), f({0, 0, 1, -1, 0, -1})),
      row("abs", "the lowest integer has no positive one", abs, i32({INT32_MIN, -5, 5}),
          i32({INT32_MIN, 5, 5})),
      row("abs", "wide integers", abs, i64({INT64_MIN, -INT64_MAX}), i64({INT64_MIN, INT64_MAX})),
      row("abs", "bytes", abs, u8({0, 255}), u8({0, 255})),
      row("abs", "bool counts", abs, boolean({true, false}), i32({1, 0})),
      row("square", "infinities", square, f({inf, -inf, nan, 0, -0.0, -3}),
          f({inf, inf, nan, 0, 0, 9}), f({inf, -inf, nan, 0, 0, -6})),
      row("square", "bytes are f32", square, u8({255}), f32({65025})),
      row("reciprocal", "zeros and infinities", reciprocal, f({0, -0.0, inf, -inf, nan, -4}),
          f({inf, -inf, 0, -0.0, nan, -0.25}), f({-inf, -inf, 0, 0, nan, -0.0625})),
      row("reciprocal", "integers are f32", reciprocal, i32({0, 2, -4}), f32({inf, 0.5, -0.25})),
  };
}

Rows activations() {
  const Unary leaky = [](const Tensor& x) { return leaky_relu(x, 0.25); };
  const Unary plain_elu = [](const Tensor& x) { return elu(x); };
  const Unary steep_elu = [](const Tensor& x) { return elu(x, 2); };
  const Unary by_tanh = [](const Tensor& x) { return activate(x, Activation::tanh); };
  const Unary by_relu = [](const Tensor& x) { return activate(x, Activation::relu); };
  const Unary by_sigmoid = [](const Tensor& x) { return activate(x, Activation::sigmoid); };
  const Unary by_nothing = [](const Tensor& x) { return activate(x, Activation::identity); };
  return {
      row("sigmoid", "its ends", sigmoid, f({inf, -inf, nan, 1000, -1000, 0, -0.0}),
          f({1, 0, nan, 1, 0, 0.5, 0.5}), f({0, 0, nan, 0, 0, 0.25, 0.25})),
      row("sigmoid", "small results have all digits", sigmoid, f({-20, -3, 3, 20, 0.5}),
          f({2.0611536181902036e-9, 0.047425873177566781, 0.95257412682243322, 0.99999999793884638,
             0.62245933120185456}),
          any(), relative),
      row("softplus", "its ends", softplus, f({inf, -inf, nan, 1000, -1000, 0}),
          f({inf, 0, nan, 1000, 0, 0.69314718055994531}), f({1, 0, nan, 1, 0, 0.5})),
      row("softplus", "small results have all digits", softplus, f({-20, -3, 3, 20}),
          f({2.0611536203143807e-9, 0.048587351573742059, 3.0485873515737421, 20.000000002061154}),
          f({2.0611536181902036e-9, 0.047425873177566781, 0.95257412682243322,
             0.99999999793884638}),
          relative),
      row("relu", "zeros and infinities", relu, f({inf, -inf, nan, 0, -0.0, -1, 1}),
          f({inf, 0, nan, 0, 0, 0, 1}), f({1, 0, 0, 0, 0, 0, 1})),
      row("relu", "integers", relu, i32({INT32_MIN, -1, 0, INT32_MAX}), i32({0, 0, 0, INT32_MAX})),
      row("relu", "bytes", relu, u8({0, 255}), u8({0, 255})),
      row("leaky_relu", "zeros and infinities", leaky, f({inf, -inf, nan, 0, -0.0, -1, 1}),
          f({inf, -inf, nan, 0, -0.0, -0.25, 1}), f({1, 0.25, 0.25, 0.25, 0.25, 0.25, 1})),
      row("leaky_relu", "integers are f32", leaky, i32({-2, 3}), f32({-0.5, 3})),
      row("elu", "zeros and infinities", plain_elu, f({inf, -inf, nan, 0, -0.0, -1000}),
          f({inf, -1, nan, 0, 0, -1}), f({1, 0, nan, 1, 1, 0})),
      row("elu", "small arguments have all digits", steep_elu, f({-1e-10, -0.5, 0.5}),
          f({-1.9999999999e-10, -0.78693868057473315, 0.5}),
          f({1.9999999998, 1.2130613194252668, 1}), relative),
      row("silu", "its ends", silu, f({inf, -inf, nan, -1000, 1000, 0, -20, 20}),
          f({inf, nan, nan, 0, 1000, 0, -4.1223072363804072e-8, 19.999999958776928}),
          f({nan, nan, nan, 0, 1, 0.5, -3.9161918660646783e-8, 1.0000000391619187}), relative),
      row("gelu", "its ends", gelu, f({inf, -inf, nan, -1000, 1000, 0, -3, 3, 0.5}),
          f({inf, nan, nan, 0, 1000, 0, -0.0040496940948902836, 2.9959503059051097,
             0.34573123063700655}),
          f({nan, nan, nan, 0, 1, 0.5, -0.011945647204183927, 1.0119456472041839,
             0.86749512465616284}),
          {5e-7, 2e-6}),
      row("activate", "tanh", by_tanh, f({inf, nan, 0}), f({1, nan, 0}), f({0, nan, 1})),
      row("activate", "relu", by_relu, f({-inf, nan, 0}), f({0, nan, 0}), f({0, 0, 0})),
      row("activate", "sigmoid", by_sigmoid, f({-inf, nan, 0}), f({0, nan, 0.5}),
          f({0, nan, 0.25})),
      row("activate", "identity", by_nothing, f({-inf, nan, -0.0}), f({-inf, nan, -0.0}),
          f({1, 1, 1})),
  };
}

Row clamped(std::string_view situation, double low, double high, Array in,
            std::variant<Array, Refused> want, Array gradient = any()) {
  return {"clamp",          situation,
          {std::move(in)},  [=](const Tensors& x) { return clamp(x[0], low, high); },
          std::move(want),  {std::move(gradient)},
          Kind::elementwise};
}

Rows clamps() {
  return {
      clamped("limits pass the gradient", 0, 1, f({-1, 0, 0.5, 1, 2, nan, inf, -inf}),
              f({0, 0, 0.5, 1, 1, nan, 1, 0}), f({0, 1, 1, 1, 0, 1, 0, 0})),
      clamped("the upper limit wins", 1, 0, f({-1, 0.5, 2}), f({0, 0, 0}), f({0, 0, 0})),
      clamped("NaN as a limit", nan, 1, f({-1, 0.5}), f({nan, nan})),
      clamped("infinite limits", -inf, inf, f({-inf, nan, 3}), f({-inf, nan, 3}), f({1, 1, 1})),
      clamped("limits beyond f32", -1e300, 1e300, f32({-inf, 3e38, inf}), f32({-inf, 3e38, inf})),
      clamped("bytes", 0, 6, u8({0, 5, 7}), u8({0, 5, 6})),
      clamped("limits beyond a byte", -5, 300, u8({0, 5, 255}), u8({0, 5, 255})),
      clamped("no byte in between", 300, 400, u8({0, 5}), Refused{"[clamp] no u8 lies from 300"}),
      clamped("no byte below", -9, -1, u8({0, 5}), Refused{"[clamp] no u8"}),
      clamped("fractions as limits of bytes", 0.5, 2.5, u8({0, 2, 3}), f32({0.5, 2, 2.5})),
      clamped("limits far beyond a byte", -1e300, 1e300, u8({0, 255}), u8({0, 255})),
      clamped("a half line of bytes", -inf, 6, u8({0, 255}), u8({0, 6})),
      clamped("extremes", -1, 1, i32({INT32_MIN, INT32_MAX, 0}), i32({-1, 1, 0})),
      clamped("wide extremes", -inf, inf, i64({INT64_MIN, INT64_MAX}), i64({INT64_MIN, INT64_MAX})),
      clamped("bool counts", 0, 1, boolean({true, false}), i32({1, 0})),
  };
}

Row casted(std::string_view situation, DType to, Array in, Array want, Array gradient = any()) {
  return {"cast",           situation,
          {std::move(in)},  [to](const Tensors& x) { return cast(x[0], to); },
          std::move(want),  {std::move(gradient)},
          Kind::elementwise};
}

Rows casts() {
  return {
      casted("floats to bytes saturate", DType::u8, f({300, 255.9, -1, -inf, inf, nan, 7.9, -0.0}),
             u8({255, 255, 0, 0, 255, 0, 7, 0})),
      casted("floats to i32 saturate", DType::i32, f({3e9, -3e9, inf, -inf, nan, -1.9, 1.9}),
             i32({INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN, 0, -1, 1})),
      casted("floats to i64 saturate", DType::i64, f({1e19, -1e19, inf, -inf, nan, -0x1p62}),
             i64({INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, 0, -(std::int64_t{1} << 62)})),
      casted("floats to bool", DType::boolean, f({0, -0.0, 0.5, nan, -inf}),
             boolean({false, false, true, true, true})),
      casted("integers keep their low bits", DType::u8, i32({300, -1, 256, 255}),
             u8({44, 255, 0, 255})),
      casted("wide integers keep their low bits", DType::i32,
             i64({(std::int64_t{1} << 32) + 5, -1, INT64_MIN}), i32({5, -1, 0})),
      casted("wide integers to bytes", DType::u8, i64({300, -1, INT64_MAX}), u8({44, 255, 255})),
      casted("wide integers to f32", DType::f32, i64({INT64_MIN, INT64_MAX, 1}),
             f32({-0x1p63, 0x1p63, 1})),
      casted("bytes to i32", DType::i32, u8({0, 255}), i32({0, 255})),
      casted("bool to i64", DType::i64, boolean({true, false}), i64({1, 0})),
      casted("a small integer is true", DType::boolean, u8({0, 1, 255}),
             boolean({false, true, true})),
      casted("to itself", DType::f32, f32({-0.0, nan, inf}), f32({-0.0, nan, inf})),
  };
}

Rows steps() {
  const Array mixed = f({inf, -inf, nan, 0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, -3.7, 3.2, 8388609});
  const Array flat = f({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  return {
      row("floor", "halves, zeros and infinities", floor, mixed,
          f({inf, -inf, nan, 0, -0.0, 0, -1, 1, 2, -3, -4, 3, 8388609}), flat),
      row("ceil", "halves, zeros and infinities", ceil, mixed,
          f({inf, -inf, nan, 0, -0.0, 1, -0.0, 2, 3, -2, -3, 4, 8388609}), flat),
      row("round", "halves to even, zeros and infinities", round, mixed,
          f({inf, -inf, nan, 0, -0.0, 0, -0.0, 2, 2, -2, -4, 3, 8388609}), flat),
      row("round", "the last fractions of f32", round, f32({4194304.5, 4194305.5, -8388607.5}),
          f32({4194304, 4194306, -8388608})),
      row("round", "just below a half", round, f32({0.49999997}), f32({0})),
      row("trunc", "halves, zeros and infinities", trunc, mixed,
          f({inf, -inf, nan, 0, -0.0, 0, -0.0, 1, 2, -2, -3, 3, 8388609}), flat),
      row("sign", "halves, zeros and infinities", sign, mixed,
          f({1, -1, 0, 0, 0, 1, -1, 1, 1, -1, -1, 1, 1}), flat),
      row("floor", "integers stay", floor, i32({INT32_MIN, -1, INT32_MAX}),
          i32({INT32_MIN, -1, INT32_MAX})),
      row("ceil", "bytes stay", ceil, u8({0, 255}), u8({0, 255})),
      row("round", "wide integers stay", round, i64({INT64_MIN, INT64_MAX}),
          i64({INT64_MIN, INT64_MAX})),
      row("trunc", "bool counts", trunc, boolean({true, false}), i32({1, 0})),
      row("sign", "integers", sign, i32({INT32_MIN, 0, INT32_MAX}), i32({-1, 0, 1})),
      row("sign", "wide integers", sign, i64({INT64_MIN, 0, INT64_MAX}), i64({-1, 0, 1})),
      row("sign", "bytes", sign, u8({0, 255}), u8({0, 1})),
      row("sign", "bool counts", sign, boolean({true, false}), i32({1, 0})),
  };
}

Rows special() {
  return {
      row("rsqrt", "its ends", rsqrt, f({0, -0.0, inf, -1, nan, 4}),
          f({inf, -inf, 0, nan, nan, 0.5}), f({-inf, inf, 0, nan, nan, -0.0625})),
      row("rsqrt", "integers are f32", rsqrt, i32({4, 0}), f32({0.5, inf})),
      row("lgamma", "its ends", lgamma, f({inf, -inf, nan, 0, -0.0, -1, -2, 1, 2}),
          f({inf, inf, nan, inf, inf, inf, inf, 0, 0}),
          f({inf, nan, nan, -inf, inf, nan, nan, -0.5772156649015328, 0.422784335098467})),
      row("lgamma", "all digits near its zeros", lgamma, f({1 + 0x1p-20, 2 - 0x1p-20}),
          f({-5.504750066148867e-07, -4.0319826848018475e-07}), any(), {0, 4e-6}),
      row("lgamma", "small, large, below 0", lgamma, f({0.1, 3.5, 8, 20, 100, 1e30, -0.5, -2.5}),
          f({2.252712651734206, 1.2009736023470743, 8.525161361065415, 39.339884187199495,
             359.1342053695754, 6.807755278982137e+31, 1.2655121234846454, -0.05624371649767405}),
          f({-10.423754940411076, 1.103156640645243, 2.015641477955610, 2.970523992242149,
             4.600161852738088, 69.07755278982137, 0.03648997397857639, 1.1031566406452433}),
          {1e-6, 4e-6}),
      row("lgamma", "bytes are f32", lgamma, u8({0, 1, 4}), f32({inf, 0, 1.7917595})),
      row("digamma", "its ends", digamma, f({inf, -inf, nan, 0, -0.0, -1, -2}),
          f({inf, nan, nan, -inf, inf, nan, nan}), f({0, nan, nan, inf, inf, nan, nan})),
      row("digamma", "small, large, below 0", digamma,
          f({1e-3, 0.5, 1, 3, 7.5, 8, 100, -0.25, -2.5}),
          f({-1000.5755719318104, -1.9635100260214229, -0.5772156649015328, 0.922784335098467,
             1.9467574842460869, 2.0156414779556098, 4.600161852738088, 2.914139120213528,
             1.1031566406452433}),
          f({1000001.6425331959, 4.9348022005446793, 1.6449340668482264, 0.39493406684822644,
             0.1426158966967038, 0.13313701469403143, 0.010050166663333571, 18.541879647671606,
             9.5392466449891238}),
          {1e-6, 4e-6}),
      row("digamma", "integers are f32", digamma, i32({1, 0}), f32({-0.57721566, -inf})),
      row("erfinv", "its ends", erfinv, f({1, -1, nan, 2, -2, inf, 0, -0.0}),
          f({inf, -inf, nan, nan, nan, nan, 0, -0.0}),
          f({inf, inf, nan, nan, nan, nan, 0.8862269254527579, 0.8862269254527579})),
      row("erfinv", "small, large", erfinv, f({1e-10, 0.5, -0.5, 0.9990234375, 1 - 0x1p-24}),
          f({8.862269254527581e-11, 0.4769362762044699, -0.4769362762044699, 2.3314677736219484,
             3.8325068569007097}),
          any(), {1.2e-38, 4e-6}),
      row("erfinv", "bool is f32", erfinv, boolean({true, false}), f32({inf, 0})),
  };
}

}  // namespace

Rows unary_rows() {
  Rows out;
  for (const auto& rows :
       {elementary(), simple(), steps(), special(), activations(), clamps(), casts()})
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace varve::corners
