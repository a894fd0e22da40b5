#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/corners/functional.h"

namespace varve::corners {
namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&);

Row row(std::string_view function, std::string_view situation, Binary run, Array a, Array b,
        Array want, std::vector<Array> gradients = {}, Kind kind = Kind::elementwise) {
  return {function,
          situation,
          {std::move(a), std::move(b)},
          [run](const Tensors& x) { return run(x[0], x[1]); },
          std::move(want),
          std::move(gradients),
          kind};
}

constexpr std::int64_t big = (std::int64_t{1} << 60) + 1;

Rows sums() {
  return {
      row("add", "infinities", add, f({inf, inf, nan, 0, -0.0}), f({-inf, 1, 1, -0.0, -0.0}),
          f({nan, inf, nan, 0, -0.0}), {f({1, 1, 1, 1, 1}), f({1, 1, 1, 1, 1})}),
      row("add", "integers wrap around", add, i32({INT32_MAX, INT32_MIN}), i32({1, -1}),
          i32({INT32_MIN, INT32_MAX})),
      row("add", "wide integers wrap around", add, i64({INT64_MAX, big}), i64({1, 1}),
          i64({INT64_MIN, big + 1})),
      row("add", "bytes wrap around", add, u8({255, 200}), u8({1, 100}), u8({0, 44})),
      row("add", "bool counts", add, boolean({true, true, false}), boolean({true, false, false}),
          i32({2, 1, 0})),
      row("add", "a byte and an integer", add, u8({255}), i32({1}), i32({256})),
      row("add", "an integer and a float", add, i64({3}), f({0.5}), f({3.5})),
      row("add", "of nothing, broadcast", add, f({0, 3}, {}), f({1, 2, 3}), f({0, 3}, {}), {},
          Kind::whole),
      row("add", "broadcast", add, f({2, 1}, {1, 2}), f({10, 20, 30}),
          f({2, 3}, {11, 21, 31, 12, 22, 32}), {f({2, 1}, {3, 3}), f({2, 2, 2})}, Kind::whole),
      row("sub", "infinities", sub, f({inf, -inf, nan, 0}), f({inf, 1, 1, 0}),
          f({nan, -inf, nan, 0}), {f({1, 1, 1, 1}), f({-1, -1, -1, -1})}),
      row("sub", "integers wrap around", sub, i32({INT32_MIN, 0}), i32({1, INT32_MIN}),
          i32({INT32_MAX, INT32_MIN})),
      row("sub", "bytes wrap around", sub, u8({0, 5}), u8({1, 5}), u8({255, 0})),
      row("sub", "bool counts", sub, boolean({true, false}), boolean({false, true}), i32({1, -1})),
      row("mul", "infinities", mul, f({inf, 0, -inf, nan, -0.0}), f({0, 5, -2, 0, 3}),
          f({nan, 0, inf, nan, -0.0}), {f({0, 5, -2, 0, 3}), f({inf, 0, -inf, nan, 0})}),
      row("mul", "integers wrap around", mul, i32({INT32_MIN, 65536, INT32_MAX}),
          i32({-1, 65536, 2}), i32({INT32_MIN, 0, -2})),
      row("mul", "wide integers", mul, i64({3, INT64_MIN}), i64({big, -1}),
          i64({3 * big, INT64_MIN})),
      row("mul", "bytes wrap around", mul, u8({255, 16}), u8({255, 16}), u8({1, 0})),
      row("mul", "bool counts", mul, boolean({true, true}), boolean({true, false}), i32({1, 0})),
  };
}

Rows quotients() {
  return {
      row("div", "zeros and infinities", div, f({1, -1, 0, inf, 1}), f({0, 0, 0, inf, -0.0}),
          f({inf, -inf, nan, nan, -inf}),
          {f({inf, inf, inf, 0, -inf}), f({-inf, inf, nan, nan, -inf})}),
      row("div", "integers truly", div, i32({7, -7, 1, 0, INT32_MIN}), i32({2, 2, 0, 0, -1}),
          f32({3.5, -3.5, inf, nan, 0x1p31})),
      row("div", "bytes truly", div, u8({1, 255}), u8({2, 2}), f32({0.5, 127.5})),
      row("div", "bool truly", div, boolean({true, false}), boolean({true, true}), f32({1, 0})),
      row("div", "wide integers and floats", div, i64({1}), f({4}), f({0.25})),
      row("pow", "of nothing much", pow, f({0, 0, 0, -2, inf, nan, 1, -1}),
          f({0, 2, -1, 3, 0, 0, nan, inf}), f({1, 0, inf, -8, 1, 1, 1, 1}),
          {f({0, 0, -inf, 12, 0, 0, nan, inf}), f({0, 0, -inf, nan, inf, nan, 0, nan})}),
      row("pow", "signs", pow, f({-2, -2, -inf, -inf, -0.0}), f({-1, 0.5, 3, 2, 3}),
          f({-0.5, nan, -inf, inf, -0.0})),
      row("pow", "integers are f32", pow, i32({2, -3, 0}), i32({10, 3, 0}), f32({1024, -27, 1})),
      {"pow",
       "x^0 has no slope",
       {f({0, 1, inf, nan})},
       [](const Tensors& x) { return pow(x[0], 0.0); },
       f({1, 1, 1, 1}),
       {f({0, 0, 0, 0})},
       Kind::elementwise},
      {"pow",
       "x^1 is x",
       {i32({2, -3})},
       [](const Tensors& x) { return pow(x[0], 1.0); },
       f32({2, -3}),
       {},
       Kind::elementwise},
      {"pow",
       "a square",
       {f({-inf, 0, -3})},
       [](const Tensors& x) { return pow(x[0], 2.0); },
       f({inf, 0, 9}),
       {f({-inf, 0, -6})},
       Kind::elementwise},
      {"pow",
       "a root",
       {f({0, inf, -1, 4})},
       [](const Tensors& x) { return pow(x[0], 0.5); },
       f({0, inf, nan, 2}),
       {f({inf, 0, nan, 0.25})},
       Kind::elementwise},
      {"pow",
       "the second derivative of x^3",
       {f({0, 2, -2})},
       [](const Tensors& x) { return grad(sum(pow(x[0], 3.0)), {x[0]}, true)[0]; },
       f({0, 12, 12}),
       {f({0, 12, -12})},
       Kind::whole},
      {"pow",
       "the third derivative of x^3",
       {f({0, 2})},
       [](const Tensors& x) {
         const auto first = grad(sum(pow(x[0], 3.0)), {x[0]}, true)[0];
         return grad(sum(first), {x[0]}, true)[0];
       },
       f({0, 12}),
       {f({6, 6})},
       Kind::whole},
      {"pow",
       "the second derivative of x^0",
       {f({0, 2})},
       [](const Tensors& x) { return grad(sum(pow(x[0], 0.0)), {x[0]}, true)[0]; },
       f({0, 0}),
       {f({0, 0})},
       Kind::whole},
  };
}

Rows choices() {
  return {
      row("maximum", "NaN and ties", maximum, f({nan, 1, 3, -inf}), f({1, nan, 3, inf}),
          f({nan, nan, 3, inf}), {f({1, 1, 1, 0}), f({0, 0, 0, 1})}),
      row("maximum", "bytes", maximum, u8({0, 255, 7}), u8({5, 0, 9}), u8({5, 255, 9})),
      row("maximum", "extremes", maximum, i32({INT32_MIN, INT32_MAX}), i32({INT32_MAX, 0}),
          i32({INT32_MAX, INT32_MAX})),
      row("maximum", "wide extremes", maximum, i64({INT64_MIN, big}), i64({0, big - 1}),
          i64({0, big})),
      row("maximum", "either is true", maximum, boolean({true, false}), boolean({false, false}),
          boolean({true, false})),
      row("minimum", "NaN and ties", minimum, f({nan, 1, 3, -inf}), f({1, nan, 3, inf}),
          f({nan, nan, 3, -inf}), {f({1, 1, 1, 1}), f({0, 0, 0, 0})}),
      row("minimum", "bytes", minimum, u8({0, 5, 7}), u8({5, 0, 9}), u8({0, 0, 7})),
      row("minimum", "extremes", minimum, i32({INT32_MIN, 5}), i32({1, 2}), i32({INT32_MIN, 2})),
      row("minimum", "wide extremes", minimum, i64({INT64_MIN, big}), i64({0, big - 1}),
          i64({INT64_MIN, big - 1})),
      row("minimum", "both are true", minimum, boolean({true, true}), boolean({false, true}),
          boolean({false, true})),
      row("less", "NaN and zeros", less, f({nan, 1, -0.0, -inf, 1}), f({1, nan, 0, inf, 2}),
          boolean({false, false, false, true, true})),
      row("less", "bytes", less, u8({0, 255}), u8({1, 0}), boolean({true, false})),
      row("less", "wide integers, to the bit", less, i64({big, INT64_MIN}),
          i64({big + 1, INT64_MAX}), boolean({true, true})),
      row("less", "bool", less, boolean({false, true}), boolean({true, true}),
          boolean({true, false})),
      row("greater", "NaN and zeros", greater, f({nan, 1, 0, inf, 1}), f({1, nan, -0.0, -inf, 2}),
          boolean({false, false, false, true, false})),
      row("greater", "bytes", greater, u8({0, 255}), u8({1, 0}), boolean({false, true})),
      row("equal", "NaN and zeros", equal, f({nan, -0.0, inf, -inf}), f({nan, 0, inf, inf}),
          boolean({false, true, true, false})),
      row("equal", "wide integers, to the bit", equal, i64({big, big}), i64({big, big + 1}),
          boolean({true, false})),
      row("equal", "bool", equal, boolean({false, true}), boolean({true, true}),
          boolean({false, true})),
      {"where",
       "what is not chosen does not matter",
       {boolean({true, false, true}), f({1, nan, inf}), f({nan, 2, 3})},
       [](const Tensors& x) { return where(x[0], x[1], x[2]); },
       f({1, 2, inf}),
       {any(), f({1, 0, 1}), f({0, 1, 0})},
       Kind::elementwise},
      {"where",
       "a number is true",
       {f({nan, 0, -0.0, 2}), u8({1, 2, 3, 4}), i32({5, 6, 7, 8})},
       [](const Tensors& x) { return where(x[0], x[1], x[2]); },
       i32({1, 6, 7, 4}),
       {},
       Kind::elementwise},
  };
}

}  // namespace

Rows binary_rows() {
  Rows out;
  for (const auto& rows : {sums(), quotients(), choices()})
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace varve::corners
