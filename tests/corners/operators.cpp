#include "tests/corners/operators.h"

namespace varve::corners {
namespace {

using Function = Tensor (*)(const Tensor&);

/// An operator between a tensor and a number.
Row row(std::string_view function, std::string_view situation, Function run, Array in,
        std::variant<Array, Refused> want, std::vector<Array> gradients = {}) {
  return {function,         situation,
          {std::move(in)},  [run](const Tensors& x) { return run(x[0]); },
          std::move(want),  std::move(gradients),
          Kind::elementwise};
}

/// One that makes tensors on the device of its operand.
Row made(std::string_view function, std::string_view situation, Function run,
         std::variant<Array, Refused> want) {
  return {function,
          situation,
          {i32({0})},
          [run](const Tensors& x) { return run(x[0]); },
          std::move(want)};
}

constexpr double big = 0x1p53;

Rows with_numbers() {
  return {
      row("operator+", "infinities", [](const Tensor& x) { return x + inf; }, f({1, -inf, nan}),
          f({inf, nan, nan}), {f({1, 1, 1})}),
      row(
          "operator+", "a byte wraps around", [](const Tensor& x) { return x + 300; }, u8({0, 255}),
          u8({44, 43})),
      row(
          "operator+", "an integer wraps around", [](const Tensor& x) { return x + 1; },
          i32({INT32_MAX}), i32({INT32_MIN})),
      row(
          "operator+", "a number beyond the integer", [](const Tensor& x) { return 0x1p40 + x; },
          i32({7}), i32({7})),
      row(
          "operator+", "a fraction", [](const Tensor& x) { return x + 1.5; }, u8({0, 255}),
          f32({1.5, 256.5})),
      row(
          "operator+", "infinity and an integer", [](const Tensor& x) { return x + inf; }, i64({0}),
          f32({inf})),
      row(
          "operator+", "more than i64 holds", [](const Tensor& x) { return x + 1e30; }, i64({0}),
          f32({1e30})),
      row(
          "operator+", "bool counts", [](const Tensor& x) { return x + 1; }, boolean({true, false}),
          i32({2, 1})),
      row(
          "operator+", "bool and much", [](const Tensor& x) { return x + 0x1p40; },
          boolean({true, false}), i64({(std::int64_t{1} << 40) + 1, std::int64_t{1} << 40})),
      row(
          "operator+", "more than f32 holds", [](const Tensor& x) { return x + 1e300; }, f32({0}),
          Refused{"f32 cannot hold 1e+300"}),
      row(
          "operator+", "wide integers", [](const Tensor& x) { return x + big; }, i64({1, -1}),
          i64({(std::int64_t{1} << 53) + 1, (std::int64_t{1} << 53) - 1})),
      row(
          "operator-", "a byte wraps around", [](const Tensor& x) { return x - 1; }, u8({0, 255}),
          u8({255, 254})),
      row(
          "operator-", "from a number", [](const Tensor& x) { return 1.0 - x; },
          boolean({true, false}), i32({0, 1})),
      row("operator-", "the sign", [](const Tensor& x) { return -x; }, f({0, inf, nan}),
          f({-0.0, -inf, nan}), {f({-1, -1, -1})}),
      row("operator-", "infinities", [](const Tensor& x) { return inf - x; }, f({inf, 1}),
          f({nan, inf}), {f({-1, -1})}),
      row("operator*", "zeros and infinities", [](const Tensor& x) { return x * 0.0; },
          f({inf, -1, nan}), f({nan, -0.0, nan}), {f({0, 0, 0})}),
      row(
          "operator*", "a byte wraps around", [](const Tensor& x) { return x * -1; }, u8({1, 2}),
          u8({255, 254})),
      row(
          "operator*", "bool and a whole number", [](const Tensor& x) { return x * 100; },
          boolean({true, false}), i32({100, 0})),
      row(
          "operator*", "bool and a fraction", [](const Tensor& x) { return 0.5 * x; },
          boolean({true, false}), f32({0.5, 0})),
      row(
          "operator*", "NaN and an integer", [](const Tensor& x) { return x * nan; }, i32({3}),
          f32({nan})),
      row("operator/", "by 0", [](const Tensor& x) { return x / 0; }, f({1, -1, 0, nan}),
          f({inf, -inf, nan, nan}), {f({inf, inf, inf, inf})}),
      row(
          "operator/", "bytes truly", [](const Tensor& x) { return x / 2; }, u8({1, 3}),
          f32({0.5, 1.5})),
      row(
          "operator/", "integers truly", [](const Tensor& x) { return 1 / x; }, i32({1, 4, 0}),
          f32({1, 0.25, inf})),
      row(
          "operator/", "integers by 0", [](const Tensor& x) { return x / 0; }, i64({1, 0}),
          f32({inf, nan})),
      row(
          "operator/", "bool truly", [](const Tensor& x) { return x / 2; }, boolean({true, false}),
          f32({0.5, 0})),
  };
}

Rows creations() {
  using T = Tensor;
  return {
      made(
          "Tensor::full", "bytes",
          [](const T& x) { return T::full({2}, 255, DType::u8, x.device()); }, u8({255, 255})),
      made(
          "Tensor::full", "beyond a byte",
          [](const T& x) { return T::full({2}, 256, DType::u8, x.device()); },
          Refused{"[full] u8 cannot hold 256"}),
      made(
          "Tensor::full", "below a byte",
          [](const T& x) { return T::full({2}, -1, DType::u8, x.device()); },
          Refused{"[full] u8 cannot hold -1"}),
      made(
          "Tensor::full", "a fraction",
          [](const T& x) { return T::full({2}, 0.5, DType::i64, x.device()); },
          Refused{"[full] i64 cannot hold 0.5"}),
      made(
          "Tensor::full", "NaN",
          [](const T& x) { return T::full({2}, nan, DType::i32, x.device()); },
          Refused{"[full] i32 cannot hold nan"}),
      made(
          "Tensor::full", "the ends of i64",
          [](const T& x) { return T::full({1}, -0x1p63, DType::i64, x.device()); },
          i64({INT64_MIN})),
      made(
          "Tensor::full", "beyond i64",
          [](const T& x) { return T::full({1}, 0x1p63, DType::i64, x.device()); },
          Refused{"[full] i64 cannot hold"}),
      made(
          "Tensor::full", "bool",
          [](const T& x) { return T::full({1}, 1, DType::boolean, x.device()); }, boolean({true})),
      made(
          "Tensor::full", "neither true nor false",
          [](const T& x) { return T::full({1}, 2, DType::boolean, x.device()); },
          Refused{"[full] bool cannot hold 2"}),
      made(
          "Tensor::full", "beyond f32",
          [](const T& x) { return T::full({1}, -1e39, DType::f32, x.device()); },
          Refused{"[full] f32 cannot hold"}),
      made(
          "Tensor::full", "infinity",
          [](const T& x) { return T::full({1}, -inf, DType::f32, x.device()); }, f32({-inf})),
      made(
          "Tensor::arange", "bytes",
          [](const T& x) { return T::arange(3, 253, 1, DType::u8, x.device()); },
          u8({253, 254, 255})),
      made(
          "Tensor::arange", "beyond bytes",
          [](const T& x) { return T::arange(300, 0, 1, DType::u8, x.device()); },
          Refused{"[arange] u8 cannot hold all from 0 to 299"}),
      made(
          "Tensor::arange", "down",
          [](const T& x) { return T::arange(3, 1, -1, DType::i32, x.device()); }, i32({1, 0, -1})),
      made(
          "Tensor::arange", "fractions are cut",
          [](const T& x) { return T::arange(4, 0, 0.5, DType::i32, x.device()); },
          i32({0, 0, 1, 1})),
      made(
          "Tensor::arange", "nothing",
          [](const T& x) { return T::arange(0, 0, 1, DType::i64, x.device()); }, i64({})),
      made(
          "Tensor::arange", "NaN",
          [](const T& x) { return T::arange(3, nan, 1, DType::i32, x.device()); },
          Refused{"[arange] i32"}),
  };
}

Rows comparisons() {
  return {
      row(
          "operator==", "a number", [](const Tensor& x) { return x == 2; }, f({nan, -0.0, 2, inf}),
          boolean({false, false, true, false})),
      row(
          "operator==", "a number in front", [](const Tensor& x) { return 0 == x; },
          f({nan, -0.0, 2, inf}), boolean({false, true, false, false})),
      row(
          "operator==", "two tensors", [](const Tensor& x) { return x == -x; },
          f({nan, -0.0, 2, -inf}), boolean({false, true, false, false})),
      row(
          "operator==", "a number beyond the integer", [](const Tensor& x) { return x == 300; },
          u8({0, 44, 255}), boolean({false, false, false})),
      row(
          "operator==", "a fraction and an integer", [](const Tensor& x) { return x == 0.5; },
          i32({0, 1}), boolean({false, false})),
      row(
          "operator==", "bool and a number", [](const Tensor& x) { return x == 2; },
          boolean({true, false}), boolean({false, false})),
      row(
          "operator!=", "a number", [](const Tensor& x) { return x != 2; }, f({nan, -0.0, 2, inf}),
          boolean({true, true, false, true})),
      row(
          "operator!=", "a number in front", [](const Tensor& x) { return 0 != x; },
          f({nan, -0.0, 2, inf}), boolean({true, false, true, true})),
      row(
          "operator!=", "two tensors", [](const Tensor& x) { return x != -x; },
          f({nan, -0.0, 2, -inf}), boolean({true, false, true, true})),
      row(
          "operator!=", "a number beyond the integer", [](const Tensor& x) { return x != 300; },
          u8({0, 44, 255}), boolean({true, true, true})),
      row(
          "operator!=", "a fraction and an integer", [](const Tensor& x) { return x != 0.5; },
          i32({0, 1}), boolean({true, true})),
      row(
          "operator!=", "bool and a number", [](const Tensor& x) { return x != 2; },
          boolean({true, false}), boolean({true, true})),
      row(
          "operator<", "a number", [](const Tensor& x) { return x < 2; }, f({nan, -0.0, 2, inf}),
          boolean({false, true, false, false})),
      row(
          "operator<", "a number in front", [](const Tensor& x) { return 0 < x; },
          f({nan, -0.0, 2, inf}), boolean({false, false, true, true})),
      row(
          "operator<", "two tensors", [](const Tensor& x) { return x < -x; },
          f({nan, -0.0, 2, -inf}), boolean({false, false, false, true})),
      row(
          "operator<", "a number beyond the integer", [](const Tensor& x) { return x < 300; },
          u8({0, 44, 255}), boolean({true, true, true})),
      row(
          "operator<", "a fraction and an integer", [](const Tensor& x) { return x < 0.5; },
          i32({0, 1}), boolean({true, false})),
      row(
          "operator<", "bool and a number", [](const Tensor& x) { return x < 2; },
          boolean({true, false}), boolean({true, true})),
      row(
          "operator<=", "a number", [](const Tensor& x) { return x <= 2; }, f({nan, -0.0, 2, inf}),
          boolean({false, true, true, false})),
      row(
          "operator<=", "a number in front", [](const Tensor& x) { return 0 <= x; },
          f({nan, -0.0, 2, inf}), boolean({false, true, true, true})),
      row(
          "operator<=", "two tensors", [](const Tensor& x) { return x <= -x; },
          f({nan, -0.0, 2, -inf}), boolean({false, true, false, true})),
      row(
          "operator<=", "a number beyond the integer", [](const Tensor& x) { return x <= 300; },
          u8({0, 44, 255}), boolean({true, true, true})),
      row(
          "operator<=", "a fraction and an integer", [](const Tensor& x) { return x <= 0.5; },
          i32({0, 1}), boolean({true, false})),
      row(
          "operator<=", "bool and a number", [](const Tensor& x) { return x <= 2; },
          boolean({true, false}), boolean({true, true})),
      row(
          "operator>", "a number", [](const Tensor& x) { return x > 2; }, f({nan, -0.0, 2, inf}),
          boolean({false, false, false, true})),
      row(
          "operator>", "a number in front", [](const Tensor& x) { return 0 > x; },
          f({nan, -0.0, 2, inf}), boolean({false, false, false, false})),
      row(
          "operator>", "two tensors", [](const Tensor& x) { return x > -x; },
          f({nan, -0.0, 2, -inf}), boolean({false, false, true, false})),
      row(
          "operator>", "a number beyond the integer", [](const Tensor& x) { return x > 300; },
          u8({0, 44, 255}), boolean({false, false, false})),
      row(
          "operator>", "a fraction and an integer", [](const Tensor& x) { return x > 0.5; },
          i32({0, 1}), boolean({false, true})),
      row(
          "operator>", "bool and a number", [](const Tensor& x) { return x > 2; },
          boolean({true, false}), boolean({false, false})),
      row(
          "operator>=", "a number", [](const Tensor& x) { return x >= 2; }, f({nan, -0.0, 2, inf}),
          boolean({false, false, true, true})),
      row(
          "operator>=", "a number in front", [](const Tensor& x) { return 0 >= x; },
          f({nan, -0.0, 2, inf}), boolean({false, true, false, false})),
      row(
          "operator>=", "two tensors", [](const Tensor& x) { return x >= -x; },
          f({nan, -0.0, 2, -inf}), boolean({false, true, true, false})),
      row(
          "operator>=", "a number beyond the integer", [](const Tensor& x) { return x >= 300; },
          u8({0, 44, 255}), boolean({false, false, false})),
      row(
          "operator>=", "a fraction and an integer", [](const Tensor& x) { return x >= 0.5; },
          i32({0, 1}), boolean({false, true})),
      row(
          "operator>=", "bool and a number", [](const Tensor& x) { return x >= 2; },
          boolean({true, false}), boolean({false, false})),
  };
}

Rows compound() {
  const auto refused = [](std::string_view function, std::string_view situation, Function run,
                          Array in, std::string says) {
    return Row{function,
               situation,
               {std::move(in)},
               [run](const Tensors& x) { return run(x[0]); },
               Refused{std::move(says)}};
  };
  return {
      row("operator+=", "a tensor, and other handles keep their values",
          [](const Tensor& x) {
            Tensor a = x * 1.0;
            const Tensor before = a;
            a += x;
            return a - before;
          },
          f({1, -2}), f({1, -2}), {f({1, 1})}),
      row("operator+=", "a number",
          [](const Tensor& x) {
            Tensor a = x * 1.0;
            return a += 0.5;
          },
          f({1, inf}), f({1.5, inf}), {f({1, 1})}),
      row("operator-=", "a tensor and a number",
          [](const Tensor& x) {
            Tensor a = x * 3.0;
            a -= x;
            return a -= 1;
          },
          f({1, -2}), f({1, -5}), {f({2, 2})}),
      row("operator*=", "a tensor and a number",
          [](const Tensor& x) {
            Tensor a = x * 1.0;
            a *= x;
            return a *= 2;
          },
          f({1, -3}), f({2, 18}), {f({4, -12})}),
      row("operator/=", "a tensor and a number",
          [](const Tensor& x) {
            Tensor a = x * x * x;
            a /= x;
            return a /= 2;
          },
          f({1, -3}), f({0.5, 4.5}), {f({1, -3})}),
      row(
          "operator+=", "an integer wraps around",
          [](const Tensor& x) {
            Tensor a = x + 0;
            return a += 1;
          },
          i32({INT32_MAX}), i32({INT32_MIN})),
      refused(
          "operator/=", "an integer would be a float",
          [](const Tensor& x) {
            Tensor a = x + 0;
            return a /= 2;
          },
          i32({4}), "[/=] (1) i32 would become (1) f32"),
      refused(
          "operator*=", "a larger shape",
          [](const Tensor& x) {
            Tensor a = x * 1.0;
            return a *= Tensor::ones({2, 1}, x.dtype(), x.device());
          },
          f({1, 2}), "[*=] (2) f"),
      refused(
          "operator-=", "a parameter",
          [](const Tensor& x) {
            Tensor a = x.clone().detach();
            a.set_requires_grad();
            return a -= 1;
          },
          f({1}), "[-=] this is a leaf that requires gradients"),
  };
}

}  // namespace

Rows operator_rows() {
  Rows out = with_numbers();
  for (auto& row : comparisons()) out.push_back(std::move(row));
  for (auto& row : compound()) out.push_back(std::move(row));
  for (auto& row : creations()) out.push_back(std::move(row));
  return out;
}

}  // namespace varve::corners
