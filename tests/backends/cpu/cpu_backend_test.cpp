#include "backends/cpu/cpu_backend.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "framework/core/error.h"
#include "tests/backends/cpu/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// The bytes of some results of every family, on so many threads.
std::vector<std::vector<std::byte>> results(const char* threads) {
  const auto backend = make_cpu_backend(threads);
  Backend& b = *backend;
  std::vector<std::vector<std::byte>> all;
  const auto run = [&](Op op, std::vector<View> in, Shape shape, Attributes a = {}) {
    const View out = make_view(b, shape, in[0].dtype == DType::i32 ? DType::f32 : in[0].dtype);
    b.execute({op, in, {out}, a});
    all.push_back(bytes_of(out));
  };
  const View x = noise(b, {300, 257}, 1);
  const View w = noise(b, {190, 257}, 2);
  const View bias = noise(b, {190}, 3);
  run(Op::exp, {x}, x.shape);
  run(Op::tanh, {transpose(x)}, {257, 300});
  run(Op::sum, {x}, {1, 1}, with_axes({0, 1}));
  run(Op::sum, {x}, {1, 257}, with_axes({0}));
  run(Op::sum, {x}, {300, 1}, with_axes({1}));
  run(Op::sum, {noise(b, {40000, 3})}, {1, 3}, with_axes({0}));
  run(Op::sum, {noise(b, {2001, 1500})}, {1, 1500}, with_axes({0}));
  run(Op::sum, {noise(b, {7, 5003, 2})}, {7, 1, 2}, with_axes({1}));
  run(Op::matmul, {x, transpose(w)}, {300, 190});
  run(Op::linear, {x, w, bias}, {300, 190}, with_activation(Activation::sigmoid));
  run(Op::softmax, {x}, x.shape, with_axes({1}));
  run(Op::global_norm, {x, w, bias}, {});
  Attributes normal;
  normal.distribution = Distribution::normal;
  run(Op::random, {view_of<std::int32_t>(b, {4}, {1, 2, 3, 4})}, {9999}, normal);
  Attributes window;
  window.window = {{4, 4}, {2, 2}, {1, 1}};
  const View image = noise(b, {5, 16, 16, 12}, 4);
  const View kernel = noise(b, {20, 4, 4, 12}, 5);
  const View g = noise(b, {5, 8, 8, 20}, 6);
  run(Op::conv2d, {image, kernel}, g.shape, window);
  run(Op::conv2d_weight_gradient, {image, g}, kernel.shape, window);
  window.shape = {16, 16};
  run(Op::conv_transpose2d, {g, kernel}, image.shape, window);
  return all;
}

std::vector<float> apply(Op op, const std::vector<std::vector<float>>& in, Attributes a = {}) {
  const auto backend = make_cpu_backend("1");
  std::vector<View> views;
  const auto n = static_cast<std::int64_t>(in[0].size());
  for (const auto& values : in) views.push_back(view_of(*backend, {n}, values));
  const View out = make_view(*backend, {n});
  backend->execute({op, views, {out}, a});
  return values_of(out);
}

ErrorKind kind_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("no error");
  return ErrorKind::io;
}

}  // namespace

TEST_CASE("values do not depend on the number of threads") {
  const auto one = results("1");
  for (const char* threads : {"2", "3", "7"}) {
    CAPTURE(threads);
    const auto many = results(threads);
    REQUIRE(many.size() == one.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      CAPTURE(i);
      CHECK(many[i] == one[i]);
    }
  }
}

TEST_CASE("the number of threads is checked") {
  CHECK(make_cpu_backend()->name() == "cpu");
  for (const char* wrong : {"0", "-1", "two", "2x", "1e3", "99999", " 2"}) {
    CAPTURE(wrong);
    CHECK(kind_of([&] { make_cpu_backend(wrong); }) == ErrorKind::usage);
  }
  REQUIRE(cpu_devices().size() == 1);
  CHECK(cpu_devices()[0].available);
}

TEST_CASE("a NaN comes through maxima and activations") {
  const std::vector<float> a{not_a_number, 1, 2, not_a_number, -1};
  const std::vector<float> b{1, not_a_number, 1, not_a_number, 3};
  const auto larger = apply(Op::maximum, {a, b});
  CHECK(std::isnan(larger[0]));
  CHECK(std::isnan(larger[1]));
  CHECK(larger[2] == 2);
  CHECK(std::isnan(larger[3]));
  CHECK(larger[4] == 3);
  const auto smaller = apply(Op::minimum, {a, b});
  CHECK(std::isnan(smaller[0]));
  CHECK(std::isnan(smaller[1]));
  CHECK(smaller[2] == 1);
  CHECK(std::isnan(smaller[3]));
  CHECK(smaller[4] == -1);

  const auto backend = make_cpu_backend("1");
  const View out = make_view(*backend, {1, 1});
  for (const std::size_t at : {0, 7, 20, 39}) {
    std::vector<float> values(40, 1.0F);
    values[at] = not_a_number;
    for (const Shape& shape : {Shape{1, 40}, Shape{40, 1}}) {
      for (const Op op : {Op::max, Op::min}) {
        backend->execute({op, {view_of(*backend, shape, values)}, {out}, with_axes({0, 1})});
        CHECK(std::isnan(*out.data<float>()));
      }
    }
  }
  const View x = view_of<float>(*backend, {1, 1}, {not_a_number});
  const View w = view_of<float>(*backend, {1, 1}, {1});
  backend->execute({Op::linear, {x, w}, {out}, with_activation(Activation::relu)});
  CHECK(std::isnan(*out.data<float>()));
}

TEST_CASE("functions are good to a few ulp, over their whole range") {
  using Function = double (*)(double);
  struct Measured {
    Op op;
    Function exact;
    double low, high;
  };
  for (const Measured& m :
       {Measured{Op::exp, std::exp, -105, 90},  // denormal results, infinity
        Measured{Op::expm1, std::expm1, -105, 90}, Measured{Op::expm1, std::expm1, -1e-3, 1e-3},
        Measured{Op::sin, std::sin, -1e6, 1e6}, Measured{Op::cos, std::cos, -1e6, 1e6},
        Measured{Op::log, std::log, 1e-40, 1e-37}, Measured{Op::tanh, std::tanh, -1e-2, 1e-2},
        Measured{Op::erf, std::erf, -1e-2, 1e-2}, Measured{Op::erf, std::erf, -5, 5},
        Measured{Op::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -87, 30},
        Measured{Op::softplus,
                 [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); },
                 -87, 30}}) {
    std::vector<float> x;
    for (int i = 0; i <= 20000; ++i)
      x.push_back(static_cast<float>(m.low + (m.high - m.low) * i / 20000));
    const auto got = apply(m.op, {x});
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto want = static_cast<float>(m.exact(double{x[i]}));
      if (got[i] == want) continue;
      const float size = std::abs(want);
      const double ulp = double{std::nextafter(size, infinity)} - double{size};
      worst = std::max(worst, std::abs(double{got[i]} - m.exact(double{x[i]})) / ulp);
    }
    CHECK_MESSAGE(worst <= 4, name(m.op) << " is off by " << worst << " ulp");
  }
}

TEST_CASE("functions at the ends of their range") {
  CHECK(apply(Op::exp, {{infinity, -infinity, 0}}) == std::vector<float>{infinity, 0, 1});
  CHECK(std::isnan(apply(Op::exp, {{not_a_number}})[0]));
  CHECK(apply(Op::log, {{0, 1, infinity}}) == std::vector<float>{-infinity, 0, infinity});
  CHECK(std::isnan(apply(Op::log, {{-1}})[0]));
  CHECK(apply(Op::log1p, {{-1, 0, 1e-8F}}) == std::vector<float>{-infinity, 0, 1e-8F});
  CHECK(apply(Op::tanh, {{-infinity, 0, 40}}) == std::vector<float>{-1, 0, 1});
  CHECK(apply(Op::erf, {{-infinity, 0, 9}}) == std::vector<float>{-1, 0, 1});
  CHECK(apply(Op::sigmoid, {{-1000, 0, 1000}}) == std::vector<float>{0, 0.5F, 1});
  CHECK(apply(Op::softplus, {{-1000, 1000, infinity}}) == std::vector<float>{0, 1000, infinity});
  CHECK(std::isnan(apply(Op::softplus, {{not_a_number}})[0]));
  CHECK(apply(Op::softplus, {{-30}})[0] == doctest::Approx(9.3576e-14).epsilon(1e-4));
  CHECK(apply(Op::bce_with_logits, {{500, -500}, {1, 0}}) == std::vector<float>{0, 0});
  CHECK(apply(Op::pow, {{-2, 0, 2}, {3, 0, -1}}) == std::vector<float>{-8, 1, 0.5F});
}

TEST_CASE("integers divide without a trap") {
  const auto backend = make_cpu_backend("1");
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  const View a = view_of<std::int32_t>(*backend, {4}, {-7, 5, least, 9});
  const View b = view_of<std::int32_t>(*backend, {4}, {2, 0, -1, -2});
  backend->execute({Op::div, {a, b}, {a}, {}});
  CHECK(values_of<std::int32_t>(a) == std::vector<std::int32_t>{-3, 0, least, -4});
}

TEST_CASE("a dtype without a kernel is the user's error, not another op") {
  const auto backend = make_cpu_backend("1");
  const View x = view_of<std::int32_t>(*backend, {1, 1}, {2});
  for (const Op op : {Op::exp, Op::sqrt, Op::sigmoid}) {
    CHECK(kind_of([&] { backend->execute({op, {x}, {x}, {}}); }) == ErrorKind::usage);
    CHECK_FALSE(backend->supports(op, {{{{1, 1}, DType::i32}}, {{{1, 1}, DType::i32}}, {}}));
  }
  CHECK(kind_of([&] { backend->execute({Op::matmul, {x, x}, {x}, {}}); }) == ErrorKind::usage);
}

TEST_CASE("an index out of range is the user's error") {
  const auto backend = make_cpu_backend("2");
  const View x = noise(*backend, {3, 2});
  for (const std::int64_t wrong : {-1, 3}) {
    const View index = view_of<std::int64_t>(*backend, {2, 2}, {0, 1, wrong, 2});
    const View out = make_view(*backend, {2, 2});
    CHECK(kind_of([&] {
            backend->execute({Op::gather, {x, index}, {out}, with_axes({0})});
          }) == ErrorKind::usage);
    CHECK(kind_of([&] {
            backend->execute({Op::scatter_add, {x, index, out}, {x}, with_axes({0})});
          }) == ErrorKind::usage);
  }
}

TEST_CASE("long sums keep their precision") {
  const auto backend = make_cpu_backend("2");
  constexpr std::int64_t n = 3'000'000;
  const View x = view_of(*backend, {n}, std::vector<float>(n, 0.1F));
  const View out = make_view(*backend, {1});
  backend->execute({Op::sum, {x}, {out}, with_axes({0})});
  CHECK(*out.data<float>() == doctest::Approx(0.1 * n).epsilon(1e-6));
}

TEST_CASE("adam steps as its paper says") {
  const auto backend = make_cpu_backend("2");
  constexpr std::int64_t n = 21;  // a vector and a tail
  for (const bool decoupled : {false, true}) {
    const View p = noise<double>(*backend, {n}, 1);
    const View g = noise<double>(*backend, {n}, 2);
    const View m = view_of(*backend, {n}, std::vector<double>(n, 0.0));
    const View v = view_of(*backend, {n}, std::vector<double>(n, 0.0));
    const View rate = view_of<double>(*backend, {}, {0.01});
    const View t = view_of<std::int32_t>(*backend, {}, {0});
    Attributes a;
    a.beta1 = 0.9;
    a.beta2 = 0.99;
    a.epsilon = 1e-8;
    a.weight_decay = 0.1;
    a.decoupled = decoupled;
    auto want = values_of<double>(p);
    const auto gradient = values_of<double>(g);
    std::vector<double> first(n, 0.0), second(n, 0.0);
    for (int step = 1; step <= 3; ++step) {
      *t.data<std::int32_t>() = step;
      backend->execute({Op::adam_step, {p, g, m, v, rate, t}, {p, m, v}, a});
      for (std::size_t i = 0; i < n; ++i) {
        const double decayed = gradient[i] + (decoupled ? 0 : 0.1 * want[i]);
        if (decoupled) want[i] -= 0.01 * 0.1 * want[i];
        first[i] = 0.9 * first[i] + 0.1 * decayed;
        second[i] = 0.99 * second[i] + 0.01 * decayed * decayed;
        want[i] -= 0.01 * (first[i] / (1 - std::pow(0.9, step))) /
                   (std::sqrt(second[i] / (1 - std::pow(0.99, step))) + 1e-8);
      }
    }
    const auto got = values_of<double>(p);
    for (std::size_t i = 0; i < n; ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-12));
  }
}

TEST_CASE("a long product keeps its digits") {
  const std::size_t k = 3'000'001;
  const auto backend = make_cpu_backend("2");
  const View a = view_of(*backend, {1, static_cast<std::int64_t>(k)}, std::vector<float>(k, 0.1F));
  const View b = view_of(*backend, {static_cast<std::int64_t>(k), 1}, std::vector<float>(k, 1));
  const View out = make_view(*backend, {1, 1});
  backend->execute({Op::matmul, {a, b}, {out}, {}});
  const double want = static_cast<double>(k) * double{0.1F};
  CHECK(std::abs(double{values_of(out)[0]} - want) < 1e-4 * want);
}
