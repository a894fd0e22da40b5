#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "backends/vulkan/link_shader.h"
#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double least = std::numeric_limits<float>::min();  // the smallest normal number
constexpr double most = std::numeric_limits<float>::max();

std::vector<double> evenly(double low, double high, std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(count - 1);
    values.push_back(double{static_cast<float>(low + (high - low) * at)});
  }
  return values;
}

/// Floats of every magnitude and sign, evenly over their bits; no denormal ones, which devices may
/// take for zeros.
std::vector<double> over_all_floats(std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(i * 2654435761));
    if (std::fpclassify(x) == FP_NORMAL) values.push_back(double{x});
  }
  return values;
}

std::vector<float> floats_of(const std::vector<std::byte>& bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

std::vector<float> compute(Rig& rig, Op op, const std::vector<std::vector<double>>& in) {
  std::vector<Operand> operands;
  for (const auto& values : in)
    operands.push_back(packed({static_cast<std::int64_t>(values.size())}, values));
  return floats_of(run(rig, rig.context.traits(), {op, operands})[0]);
}

/// The distance from `want` in units of the last place of a float.
double ulps(float got, double want) {
  const auto nearest = static_cast<float>(want);
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) == std::isnan(got) ? 0 : inf;
  if (std::isinf(nearest) || std::isinf(got)) return nearest == got ? 0 : inf;
  int exponent = 0;
  std::frexp(std::max(std::abs(want), least), &exponent);
  return std::abs(double{got} - want) / std::ldexp(1.0, exponent - 24);
}

using Function = double (*)(double);

/// The worst error, for results that are no denormal numbers. NaN and infinity must be met.
double worst(Rig& rig, Op op, Function exact, const std::vector<double>& x) {
  const auto got = compute(rig, op, {x});
  double most_ulps = 0;
  double at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double want = exact(x[i]);
    const double error =
        std::abs(want) < least && std::abs(double{got[i]}) <= least ? 0 : ulps(got[i], want);
    if (error > most_ulps) at = x[i];
    most_ulps = std::max(most_ulps, error);
  }
  INFO("worst at ", at);
  CHECK(most_ulps < inf);
  return most_ulps;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

struct Measured {
  Op op;
  Function exact;
  double ulps;  ///< what is allowed; divisions and roots may cost 2.5 and 3 each
};

const std::vector<Measured>& functions() {
  static const std::vector<Measured> all{
      {Op::exp, [](double x) { return std::exp(x); }, 2},
      {Op::expm1, [](double x) { return std::expm1(x); }, 3},
      {Op::log, [](double x) { return std::log(x); }, 2},
      {Op::log1p, [](double x) { return std::log1p(x); }, 3},
      {Op::sqrt, [](double x) { return std::sqrt(x); }, 4},
      {Op::sin, [](double x) { return std::sin(x); }, 3},
      {Op::cos, [](double x) { return std::cos(x); }, 3},
      {Op::tanh, [](double x) { return std::tanh(x); }, 4},
      {Op::erf, [](double x) { return std::erf(x); }, 3},
      {Op::sigmoid, sigmoid, 5},
      {Op::softplus, softplus, 5},
  };
  return all;
}

/// Results of a unary op at values that break careless code.
void check_at(Rig& rig, Op op, const std::vector<double>& x, const std::vector<double>& want) {
  const auto got = compute(rig, op, {x});
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO(name(op), " of ", x[i], " is ", got[i], ", not ", want[i]);
    CHECK(ulps(got[i], want[i]) < 3);
    CHECK((std::isnan(want[i]) || std::signbit(got[i]) == std::signbit(want[i])));
  }
}

template <class T>
std::vector<T> run_integers(Rig& rig, Op op, DType dtype, std::vector<std::vector<T>> in,
                            Attributes attributes = {}) {
  Command command{op, {}, {}, attributes};
  const auto count = static_cast<std::int64_t>(in[0].size());
  for (const auto& values : in) {
    command.in.push_back(rig.make({count}, dtype));
    rig.put(command.in.back(), values);
  }
  command.out.push_back(rig.make({count}, dtype));
  vulkan::find_kernel(op).kernel(command, rig.stream);
  return rig.get<T>(command.out[0]);
}

/// neg, abs and the binary ops at the ends of the range, where they wrap around.
template <class T>
void check_integers(Rig& rig, DType dtype) {
  using Limits = std::numeric_limits<T>;
  using V = std::vector<T>;
  INFO(name(dtype));
  const V a{Limits::max(), Limits::min(), 7, static_cast<T>(-7), 7, Limits::min(), 5, 0};
  const V b{1, 1, 2, 2, static_cast<T>(-2), static_cast<T>(-1), 0, 3};
  V sum, difference, product, quotient, larger, smaller, negative, magnitude;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<std::uint64_t>(a[i]);
    const auto y = static_cast<std::uint64_t>(b[i]);
    sum.push_back(static_cast<T>(x + y));
    difference.push_back(static_cast<T>(x - y));
    product.push_back(static_cast<T>(x * y));
    larger.push_back(std::max(a[i], b[i]));
    smaller.push_back(std::min(a[i], b[i]));
    negative.push_back(static_cast<T>(0 - x));
    magnitude.push_back(a[i] < T{0} ? static_cast<T>(0 - x) : a[i]);
    const bool whole = std::is_signed_v<T> && b[i] == static_cast<T>(-1);
    quotient.push_back(b[i] == T{0} ? T{0} : whole ? negative.back() : static_cast<T>(a[i] / b[i]));
  }
  CHECK(run_integers<T>(rig, Op::add, dtype, {a, b}) == sum);
  CHECK(run_integers<T>(rig, Op::sub, dtype, {a, b}) == difference);
  CHECK(run_integers<T>(rig, Op::mul, dtype, {a, b}) == product);
  CHECK(run_integers<T>(rig, Op::div, dtype, {a, b}) == quotient);
  CHECK(run_integers<T>(rig, Op::maximum, dtype, {a, b}) == larger);
  CHECK(run_integers<T>(rig, Op::minimum, dtype, {a, b}) == smaller);
  CHECK(run_integers<T>(rig, Op::neg, dtype, {a}) == negative);
  CHECK(run_integers<T>(rig, Op::abs, dtype, {a}) == magnitude);
}

constexpr DType dtypes[] = {DType::f32, DType::i32, DType::i64, DType::u8, DType::boolean};

}  // namespace

TEST_SUITE("vulkan: elementwise") {
  TEST_CASE("functions are good to a few ulp, over all floats and where they bend") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const Measured& f : functions()) {
      INFO(name(f.op));
      CHECK(worst(*rig, f.op, f.exact, over_all_floats(200000)) <= f.ulps);
      CHECK(worst(*rig, f.op, f.exact, evenly(-20, 20, 100001)) <= f.ulps);
      CHECK(worst(*rig, f.op, f.exact, evenly(-1.5, 1.5, 100001)) <= f.ulps);
    }
  }

  TEST_CASE("functions at their limits") {
    const auto rig = make_rig();
    if (!rig) return;
    check_at(*rig, Op::exp, {-inf, -200, -0.0, 0, 88.7, 89, inf, not_a_number},
             {0, 0, 1, 1, std::exp(double{88.7F}), inf, inf, not_a_number});
    check_at(*rig, Op::expm1, {-inf, -200, -0.0, 0, 1e-30, 88.7, 89, inf, not_a_number},
             {-1, -1, -0.0, 0, double{1e-30F}, std::expm1(double{88.7F}), inf, inf, not_a_number});
    check_at(*rig, Op::log, {-inf, -1, 0, -0.0, least, 1, most, inf, not_a_number},
             {not_a_number, not_a_number, -inf, -inf, std::log(least), 0, std::log(most), inf,
              not_a_number});
    check_at(*rig, Op::log1p, {-2, -1, -0.0, 0, 1e-30, most, inf, not_a_number},
             {not_a_number, -inf, -0.0, 0, double{1e-30F}, std::log(most), inf, not_a_number});
    check_at(*rig, Op::sqrt, {-1, 0, 4, inf, not_a_number},
             {not_a_number, 0, 2, inf, not_a_number});
    check_at(*rig, Op::sin, {-0.0, 0, inf, -inf, not_a_number, most},
             {-0.0, 0, not_a_number, not_a_number, not_a_number, std::sin(most)});
    check_at(*rig, Op::cos, {-0.0, 0, inf, -inf, not_a_number, most},
             {1, 1, not_a_number, not_a_number, not_a_number, std::cos(most)});
    check_at(*rig, Op::tanh, {-inf, -100, -0.0, 1e-30, 100, inf, not_a_number},
             {-1, -1, -0.0, double{1e-30F}, 1, 1, not_a_number});
    check_at(*rig, Op::erf, {-inf, -100, -0.0, 100, inf, not_a_number},
             {-1, -1, -0.0, 1, 1, not_a_number});
    check_at(*rig, Op::sigmoid, {-inf, -1000, 0, 1000, inf, not_a_number},
             {0, 0, 0.5, 1, 1, not_a_number});
    check_at(*rig, Op::softplus, {-inf, -1000, 1000, inf, not_a_number},
             {0, 0, 1000, inf, not_a_number});
    check_at(*rig, Op::neg, {-0.0, 0, inf, not_a_number}, {0, -0.0, -inf, not_a_number});
    check_at(*rig, Op::abs, {-0.0, -inf, not_a_number}, {0, inf, not_a_number});
    check_at(*rig, Op::reciprocal, {0, -0.0, inf, not_a_number}, {inf, -inf, 0, not_a_number});
    check_at(*rig, Op::square, {-3, -inf, not_a_number}, {9, inf, not_a_number});
  }

  TEST_CASE("a maximum and its kin pass NaN on") {
    const auto rig = make_rig();
    if (!rig) return;
    const std::vector<double> a{not_a_number, 1, not_a_number, inf, -inf, -1};
    const std::vector<double> b{1, not_a_number, not_a_number, not_a_number, 2, -2};
    const auto larger = compute(*rig, Op::maximum, {a, b});
    for (std::size_t i = 0; i < 4; ++i) CHECK(std::isnan(larger[i]));
    CHECK(larger[4] == 2);
    CHECK(larger[5] == -1);
    const auto smaller = compute(*rig, Op::minimum, {a, b});
    for (std::size_t i = 0; i < 4; ++i) CHECK(std::isnan(smaller[i]));
    CHECK(smaller[4] == -inf);
    CHECK(smaller[5] == -2);
    for (const Op op : {Op::bce_with_logits, Op::gaussian_kl, Op::div}) {
      INFO(name(op));
      const auto values = compute(*rig, op, {a, b});
      for (std::size_t i = 0; i < 4; ++i) CHECK(std::isnan(values[i]));
    }
  }

  TEST_CASE("pow is the C library's at every pair of special values") {
    const auto rig = make_rig();
    if (!rig) return;
    const std::vector<double> special{
        0,    -0.0,         1,          -1,          2,   -2,   3,    -3, 0.5, -0.5, 2.5, inf,
        -inf, not_a_number, 16777215.0, -16777215.0, 1e9, -1e9, 1e30, 10, -10, 1e-9, most};
    std::vector<double> x, y;
    for (const double a : special)
      for (const double b : special) {
        x.push_back(double{static_cast<float>(a)});
        y.push_back(double{static_cast<float>(b)});
      }
    const auto got = compute(*rig, Op::pow, {x, y});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = std::pow(x[i], y[i]);
      if (want != 0 && std::abs(want) < least) continue;
      INFO("pow(", x[i], ", ", y[i], ") is ", got[i], ", not ", want);
      CHECK(ulps(got[i], want) < 4);
      CHECK((std::isnan(want) || std::signbit(got[i]) == std::signbit(want)));
    }
  }

  TEST_CASE("pow is good to a few ulp, and exact where the result is a short number") {
    const auto rig = make_rig();
    if (!rig) return;
    PhiloxStream random(3, 1);
    std::vector<double> x, y;
    for (int i = 0; i < 200000; ++i) {
      x.push_back(double{std::exp(3 * random.normal())});
      y.push_back(double{10 * random.normal()});
    }
    const auto got = compute(*rig, Op::pow, {x, y});
    double most_ulps = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = std::pow(x[i], y[i]);
      if (want > least) most_ulps = std::max(most_ulps, ulps(got[i], want));
    }
    CHECK(most_ulps < 4);
    CHECK(compute(*rig, Op::pow, {{10, -3, 2, 1.5, 7}, {2, 3, -10, 2, 1}}) ==
          std::vector<float>{100, -27, 0x1p-10F, 2.25F, 7});
  }

  TEST_CASE("integers wrap around, and division by zero gives zero") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      check_integers<std::int32_t>(*rig, DType::i32);
      check_integers<std::int64_t>(*rig, DType::i64);
      check_integers<std::uint8_t>(*rig, DType::u8);
    }
  }

  TEST_CASE("i64 of every size: arithmetic, comparisons, and casts from and to f32") {
    PhiloxStream random(9, 1);
    std::vector<std::int64_t> a, b;
    std::vector<float> floats;
    for (int i = 0; i < 20000; ++i) {
      const auto number = [&] {
        const auto bits = static_cast<std::uint64_t>(random.bits()) << 32U | random.bits();
        return static_cast<std::int64_t>(bits) >> random.below(64);
      };
      a.push_back(number());
      b.push_back(i % 50 == 0 ? a.back() : number());
      floats.push_back(std::ldexp(random.uniform(-1, 1), static_cast<int>(random.below(70))));
    }
    const auto results = [&](const auto& f) {
      std::vector<decltype(f(a[0], b[0]))> out;
      for (std::size_t i = 0; i < a.size(); ++i) out.push_back(f(a[i], b[i]));
      return out;
    };
    const auto wrapped = [](const auto& f) {
      return [=](std::int64_t x, std::int64_t y) {
        return static_cast<std::int64_t>(
            f(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y)));
      };
    };
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      const auto run = [&](Op op) {
        return run_integers<std::int64_t>(*rig, op, DType::i64, {a, b});
      };
      CHECK(run(Op::add) == results(wrapped([](auto x, auto y) { return x + y; })));
      CHECK(run(Op::sub) == results(wrapped([](auto x, auto y) { return x - y; })));
      CHECK(run(Op::mul) == results(wrapped([](auto x, auto y) { return x * y; })));
      CHECK(run(Op::maximum) == results([](auto x, auto y) { return std::max(x, y); }));
      CHECK(run(Op::div) == results([](auto x, auto y) {
              return y == 0    ? 0
                     : y == -1 ? static_cast<std::int64_t>(-static_cast<std::uint64_t>(x))
                               : x / y;
            }));
      const auto count = static_cast<std::int64_t>(a.size());
      const auto command = [&](Op op, const std::vector<View>& in, DType dtype) {
        Attributes attributes;
        attributes.dtype = dtype;
        const View out = rig->make({count}, dtype);
        vulkan::find_kernel(op).kernel({op, in, {out}, attributes}, rig->stream);
        return out;
      };
      const View x = rig->make({count}, DType::i64), y = rig->make({count}, DType::i64);
      const View z = rig->make({count});
      rig->put(x, a);
      rig->put(y, b);
      rig->put(z, floats);
      using Bytes = std::vector<std::uint8_t>;
      const auto below = results([](auto p, auto q) { return static_cast<std::uint8_t>(p < q); });
      const auto same = results([](auto p, auto q) { return static_cast<std::uint8_t>(p == q); });
      CHECK(rig->get<std::uint8_t>(command(Op::less, {x, y}, DType::boolean)) == Bytes(below));
      CHECK(rig->get<std::uint8_t>(command(Op::equal, {x, y}, DType::boolean)) == Bytes(same));
      CHECK(rig->get<float>(command(Op::copy, {x}, DType::f32)) ==
            results([](auto p, auto) { return static_cast<float>(p); }));
      std::vector<std::int64_t> whole;
      for (const float f : floats) {
        whole.push_back(f >= 0x1p63F    ? std::numeric_limits<std::int64_t>::max()
                        : f <= -0x1p63F ? std::numeric_limits<std::int64_t>::min()
                                        : static_cast<std::int64_t>(f));
      }
      CHECK(rig->get<std::int64_t>(command(Op::copy, {z}, DType::i64)) == whole);
    }
  }

  TEST_CASE("stored bytes leave their neighbours alone") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      const std::int64_t count = 1001;
      const View whole = rig->make({3 * count}, DType::u8);
      std::vector<std::uint8_t> want(3 * count);
      for (std::size_t i = 0; i < want.size(); ++i) want[i] = static_cast<std::uint8_t>(7 * i);
      rig->put(whole, want);
      // Every third byte becomes the sum of the other two.
      const auto every_third = [&](std::int64_t from) {
        return View{whole.buffer, {count}, {3}, from, DType::u8};
      };
      vulkan::find_kernel(Op::add).kernel(
          {Op::add, {every_third(0), every_third(2)}, {every_third(1)}, {}}, rig->stream);
      for (std::size_t i = 1; i < want.size(); i += 3)
        want[i] = static_cast<std::uint8_t>(want[i - 1] + want[i + 1]);
      CHECK(rig->get<std::uint8_t>(whole) == want);
    }
  }

  TEST_CASE("casts, between all dtypes: floats to the nearest that an integer can hold") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      const std::vector<double> floats{0,   -0.0, 0.5,  -0.5,  1.99, -1.99, 300,          -300, 255,
                                       3e9, -3e9, 1e19, -1e19, inf,  -inf,  not_a_number, 1e-30};
      const std::vector<double> whole{0, 1, 2, 100, 255, 3, 7, 200};
      for (const DType from : dtypes)
        for (const DType to : dtypes) {
          INFO(name(from), " to ", name(to));
          Attributes attributes;
          attributes.dtype = to;
          const auto& values = from == DType::f32 ? floats : whole;
          const auto count = static_cast<std::int64_t>(values.size());
          const Problem problem(Op::copy, {packed({count}, values, from)}, attributes);
          const auto got = doubles_of(to, run(*rig, rig->context.traits(), problem)[0]);
          const auto want = expected(problem)[0];
          for (std::size_t i = 0; i < want.size(); ++i) {
            INFO("of ", values[i], " is ", got[i], ", not ", want[i]);
            CHECK((got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))));
          }
        }
    }
  }

  TEST_CASE("views of every kind, in as many dimensions as there may be") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand a = noise({3, 5, 4, 6, 2}, 1);
    check(*rig, {Op::add, {permuted(a, {4, 2, 0, 3, 1}), noise({2, 4, 3, 6, 5}, 2)}});
    check(*rig, {Op::mul, {flipped(flipped(a, 1), 4), stepped(noise({6, 5, 4, 6, 2}, 2), 0)}});
    check(*rig, {Op::sub, {repeated(repeated(a, 0, 7), 3, 9), noise({7, 5, 4, 9, 2}, 2)}});
    check(*rig, {Op::maximum, {noise({70, 33}), repeated(noise({1, 33}), 0, 70)}});
    check(*rig, {Op::div, {noise({70, 33}), repeated(repeated(noise({1, 1}, 3), 0, 70), 1, 33)}});
    check(*rig, {Op::tanh, {permuted(noise({65, 129}), {1, 0})}});
    for (const std::int64_t n : awkward_sizes) check(*rig, {Op::add, {noise({n}), noise({n}, 2)}});
    check(*rig, {Op::add, {noise({600000}), noise({600000}, 2)}});
  }

  TEST_CASE("by fours, where neighbours lie side by side, and one by one where they do not") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      const Operand x = noise({24, 40}, 1);
      const auto shifted = [](Operand view, std::int64_t by) {
        view.memory.insert(view.memory.begin(), static_cast<std::size_t>(by), 9);
        view.offset += by;
        return view;
      };
      for (const std::int64_t by : {0, 1, 2, 3, 4}) {
        check(*rig, {Op::add, {x, shifted(noise({24, 40}, 2), by)}});
        check(*rig, {Op::add, {stepped(noise({48, 40}, 3), 0), shifted(x, by)}});
        check(*rig, {Op::mul, {x, repeated(shifted(noise({1, 40}, 2), by), 0, 24)}});
        check(*rig, {Op::mul, {x, repeated(shifted(noise({24, 1}, 2), by), 1, 40)}});
        check(*rig, {Op::sub, {x, repeated(repeated(shifted(noise({1, 1}), by), 0, 24), 1, 40)}});
      }
      check(*rig, {Op::add, {flipped(x, 0), x}});
      check(*rig, {Op::add, {flipped(x, 1), x}});
      check(*rig, {Op::add, {stepped(noise({24, 79}, 3), 1), x}});
      const Operand rows_apart{noise({24 * 42}).memory, {24, 40}, {42, 1}, 0};
      check(*rig, {Op::add, {rows_apart, x}});
      check(*rig, {Op::add, {permuted(noise({8, 3, 40}), {1, 0, 2}), noise({3, 8, 40}, 2)}});
      const Operand condition = integers({24, 40}, 0, 2, DType::boolean);
      for (const std::int64_t by : {0, 1, 4}) {
        check(*rig, {Op::where, {shifted(condition, by), x, noise({24, 40}, 2)}});
        check(*rig, {Op::add,
                     {shifted(integers({24, 40}, 0, 256, DType::u8), by),
                      integers({24, 40}, 0, 256, DType::u8, 2)}});
        check(*rig, {Op::less, {shifted(x, by), noise({24, 40}, 2)}});
        check(*rig, {Op::equal, {condition, shifted(condition, by)}});
      }
      check(*rig, {Op::where, {repeated(integers({24, 1}, 0, 2, DType::boolean), 1, 40), x, x}});
    }
  }

  TEST_CASE("tensors that no binding holds are taken in parts") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand x = noise({50, 70});
    check_in_parts(*rig, 4096, {Op::add, {x, repeated(noise({1, 70}, 2), 0, 50)}});
    check_in_parts(*rig, 4096, {Op::exp, {permuted(x, {1, 0})}});
    check_in_parts(*rig, 4096, {Op::neg, {flipped(x, 1)}});
  }

  TEST_CASE("an op may write over its operand") {
    const auto rig = make_rig();
    if (!rig) return;
    const View x = rig->make({1000});
    rig->put(x, std::vector<float>(1000, 3));
    vulkan::find_kernel(Op::mul).kernel({Op::mul, {x, x}, {x}, {}}, rig->stream);
    vulkan::find_kernel(Op::neg).kernel({Op::neg, {x}, {x}, {}}, rig->stream);
    CHECK(rig->get<float>(x) == std::vector<float>(1000, -9));
  }

  TEST_CASE("the division by multiplication is exact") {
    std::vector<std::uint32_t> sizes{1, 2, 3, 5, 7, 641, 784, 65535, 65537, 0x7ffffffe, 0x7fffffff};
    for (std::uint32_t shift = 2; shift < 31; ++shift) {
      for (const std::uint32_t size : {(1U << shift) - 1, 1U << shift, (1U << shift) + 1})
        sizes.push_back(size);
    }
    PhiloxStream random(5, 1);
    for (const std::uint32_t size : sizes) {
      const auto by = vulkan::divisor(size);
      for (int i = 0; i < 2000; ++i) {
        std::uint32_t n = random.bits() >> 1;
        if (i % 2 == 0) n = n / size * size - (i % 4 == 0 && n >= size ? 1 : 0);
        const std::uint64_t product = std::uint64_t{n << 1} * by.factor;
        const auto quotient = static_cast<std::uint32_t>(product >> 32) >> by.shift;
        REQUIRE(quotient == n / size);
      }
    }
  }
}

TEST_SUITE("vulkan: creation") {
  TEST_CASE("fill sets views of every dtype, size and place") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      for (const DType dtype : dtypes) {
        INFO(name(dtype));
        for (const double value : {0.0, 1.0, 3.0, -2.5, 1e30, not_a_number}) {
          const View whole = rig->make({40}, dtype);
          const std::vector<std::byte> zeros(whole.buffer.bytes());
          rig->stream.upload(whole.buffer, 0, zeros);
          Command command{Op::fill, {}, {part(whole, 3, {3, 10})}, {}};
          command.attributes.value = value;
          command.attributes.dtype = dtype;
          vulkan::find_kernel(Op::fill).kernel(command, rig->stream);
          command.out[0] = {whole.buffer, {5}, {-1}, 39, dtype};
          vulkan::find_kernel(Op::fill).kernel(command, rig->stream);

          std::vector<std::byte> bytes(whole.buffer.bytes());
          rig->stream.download(whole.buffer, 0, bytes);
          const auto got = doubles_of(dtype, bytes);
          Attributes one;
          one.value = value;
          one.dtype = dtype;
          one.shape = {1};
          const Device reference(make_reference_backend());
          const View want{reference.backend().allocate(8), {1}, {1}, 0, dtype};
          reference.backend().execute({Op::fill, {}, {want}, one});
          const double filled = to_doubles(read(reference.backend(), want))[0];
          for (std::size_t i = 0; i < got.size(); ++i) {
            const bool inside = (i >= 3 && i < 33) || i >= 35;
            INFO("element ", i, " filled with ", value, " is ", got[i]);
            const bool same = got[i] == filled || (std::isnan(filled) && std::isnan(got[i]));
            CHECK((inside ? same : got[i] == 0));
          }
        }
      }
    }
  }

  TEST_CASE("iota counts in every dtype, also by fractions and beyond the range") {
    const auto rig = make_rig();
    if (!rig) return;
    const auto counts = [&](DType dtype, std::int64_t n, double value, double step) {
      Attributes attributes;
      attributes.shape = {n};
      attributes.dtype = dtype;
      attributes.value = value;
      attributes.step = step;
      const Problem problem(Op::iota, {}, attributes);
      const auto got = doubles_of(dtype, run(*rig, rig->context.traits(), problem)[0]);
      for (std::int64_t i = 0; i < n; ++i) {
        const double exact = value + step * static_cast<double>(i);
        double want = exact;
        if (dtype == DType::i32) want = std::clamp(std::trunc(exact), -0x1p31, 0x1p31 - 1);
        if (dtype == DType::u8) want = std::clamp(std::trunc(exact), 0.0, 255.0);
        if (dtype == DType::i64) want = std::trunc(exact);
        INFO(name(dtype), " element ", i, " of ", value, " by ", step);
        const double found = got[static_cast<std::size_t>(i)];
        if (dtype == DType::f32)
          REQUIRE(std::abs(found - want) <= 1e-9 + 1e-7 * std::abs(want));
        else
          REQUIRE(found == want);
      }
    };
    for (const DType dtype : {DType::f32, DType::i32, DType::i64}) {
      counts(dtype, 1, 5, 1);
      counts(dtype, 3000, -7, 3);
      counts(dtype, 3000, 1e9, -1e6);
      counts(dtype, 12, 0, 0.25);
      counts(dtype, 12, 3, -0.1);
    }
    counts(DType::f32, 100000, -1000, 0.02);  // cancels
    counts(DType::f32, 100000, 0.1, 1.0 / 3);
    counts(DType::i32, 5, 2e9, 1e8);  // leaves the range
    counts(DType::i64, 4, 0x1p52, 0x1p50);
    counts(DType::u8, 300, 0, 1);
    counts(DType::u8, 20, -3, 0.5);
  }

  TEST_CASE("a card's copies leave every bit as it is") {
    const auto rig = make_rig();
    if (!rig) return;
    vulkan::Traits traits = rig->context.traits();
    traits.software = false;
    Altered encoder(rig->stream, traits);
    std::vector<std::int32_t> bits{1, 0x7f800001, -1, 0x00400000, static_cast<int>(0x80000000)};
    while (bits.size() < 37) bits.push_back(static_cast<int>(bits.size()) * 0x01234567);
    for (const DType dtype : {DType::f32, DType::i32}) {
      View from = rig->make({37}, DType::i32), to = rig->make({37}, DType::i32);
      rig->put(from, bits);
      View a = from, b = to;
      a.dtype = b.dtype = dtype;
      vulkan::find_kernel(Op::copy).kernel({Op::copy, {a}, {b}, {}}, encoder);
      CHECK(rig->get<std::int32_t>(to) == bits);
    }
  }

  TEST_CASE("copies and counts where tensors are cut in parts, or lie apart") {
    const auto rig = make_rig();
    if (!rig) return;
    vulkan::Traits traits = rig->context.traits();
    traits.max_range = 4096;
    Altered encoder(rig->stream, traits);
    const View apart{rig->make({8000}).buffer, {4000}, {2}, 1, DType::f32};
    const View packed_view = rig->make({4000});
    Attributes attributes;
    attributes.step = 2;
    attributes.value = 1;
    vulkan::find_kernel(Op::iota).kernel({Op::iota, {}, {packed_view}, attributes}, encoder);
    vulkan::find_kernel(Op::copy).kernel({Op::copy, {packed_view}, {apart}, {}}, encoder);
    const View back = rig->make({4000});
    vulkan::find_kernel(Op::copy).kernel({Op::copy, {apart}, {back}, {}}, encoder);
    const auto got = rig->get<float>(back);
    for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == static_cast<float>(2 * i + 1));
    vulkan::find_kernel(Op::iota).kernel({Op::iota, {}, {apart}, attributes}, rig->stream);
    vulkan::find_kernel(Op::copy).kernel({Op::copy, {apart}, {back}, {}}, rig->stream);
    CHECK(rig->get<float>(back) == got);
  }
}
