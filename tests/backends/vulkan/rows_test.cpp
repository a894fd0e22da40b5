#include <doctest/doctest.h>

#include <limits>

#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Operand scaled(Operand x, double factor, double shift = 0) {
  for (double& value : x.memory) value = double{static_cast<float>(value * factor + shift)};
  return x;
}

Problem norm(Op op, const Operand& x) {
  Attributes attributes;
  attributes.epsilon = 1e-5;
  const Shape features{x.shape.back()};
  return {op, {x, noise(features, 2), noise(features, 3)}, attributes};
}

/// Triangular systems that are well conditioned.
Problem system(const Shape& matrices, std::int64_t columns, bool lower, bool strided) {
  Operand t = scaled(noise(matrices), 0.25);
  const std::int64_t n = matrices.back();
  for (std::int64_t i = 0; i < matrices.numel(); ++i)
    if (i % n == i / n % n) t.memory[static_cast<std::size_t>(i)] += 2;
  Shape shape = matrices;
  shape[shape.size() - 1] = columns;
  Operand b = noise(shape, 2);
  if (strided) {
    std::swap(t.strides[t.strides.size() - 1], t.strides[t.strides.size() - 2]);
    b = flipped(b, b.shape.size() - 2);
  }
  Attributes attributes;
  attributes.lower = lower;
  return {Op::solve_triangular, {t, b}, attributes};
}

}  // namespace

TEST_SUITE("vulkan: rows") {
  TEST_CASE("softmax of lines of every size, along any axis") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const Op op : {Op::softmax, Op::log_softmax}) {
      for (const std::int64_t n : awkward_sizes) {
        check(*rig, along(op, {scaled(noise({n}), 5)}, {0}));
        check(*rig, along(op, {scaled(noise({n, 6}), 5)}, {0}));
        check(*rig, along(op, {scaled(noise({40, n}), 5)}, {1}));
        check(*rig, along(op, {noise({3, n, 5})}, {1}));
      }
      check(*rig, along(op, {noise({70000, 3})}, {1}));
      check(*rig, along(op, {noise({3, 70000})}, {1}));
      check(*rig, along(op, {noise({3, 70000})}, {0}));
      check(*rig, along(op, {noise({20, 70000})}, {1}));
    }
  }

  TEST_CASE("softmax of any strides and of large values") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand x = scaled(noise({6, 35, 9}), 50);
    for (const Op op : {Op::softmax, Op::log_softmax}) {
      for (const Axes& axes : {Axes{0}, Axes{1}, Axes{2}}) {
        check(*rig, along(op, {permuted(x, {2, 1, 0})}, axes));
        check(*rig, along(op, {flipped(flipped(x, 0), 2)}, axes));
        check(*rig, along(op, {stepped(x, 1)}, axes));
        check(*rig, along(op, {repeated(x, 2, 11)}, axes));
      }
      check(*rig, along(op, {packed({4}, {1000, 1000, -1000, 999})}, {0}));
      check(*rig, along(op, {packed({3}, {0, -inf, 1})}, {0}));
      check(*rig, along(op, {packed({2}, {-inf, -inf})}, {0}));
      check_in_parts(*rig, 4'000, along(op, {x}, {1}));
      check_in_parts(*rig, 4'000, along(op, {x}, {2}));
      check_repeats(*rig, along(op, {noise({128, 1000})}, {1}));
    }
  }

  TEST_CASE("layer norm") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::int64_t n : awkward_sizes) {
      check(*rig, norm(Op::layer_norm, scaled(noise({n}), 1, 0.5)));
      check(*rig, norm(Op::layer_norm, scaled(noise({40, n}), 3, 2)));
    }
    check(*rig, norm(Op::layer_norm, noise({70000, 4})));
    check(*rig, norm(Op::layer_norm, noise({20, 70000})));
    const Operand x = noise({6, 35, 9});
    check(*rig, norm(Op::layer_norm, permuted(x, {1, 2, 0})));
    check(*rig, norm(Op::layer_norm, flipped(x, 2)));
    check(*rig, norm(Op::layer_norm, repeated(x, 0, 30)));
    check_in_parts(*rig, 4'000, norm(Op::layer_norm, x));
    check_repeats(*rig, norm(Op::layer_norm, noise({128, 1000})));
    Problem strided = norm(Op::layer_norm, noise({12, 9}));
    strided.in[1] = repeated(strided.in[1], 0, 9);
    strided.in[2] = flipped(strided.in[2], 0);
    check(*rig, strided);
  }

  TEST_CASE("batch norm: at once, and by parts of many rows") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::int64_t n : awkward_sizes) {
      if (n == 1) continue;  // a variance of nothing
      check(*rig, norm(Op::batch_norm, scaled(noise({n, 5}), 3, 2)));
      check(*rig, norm(Op::batch_norm, scaled(noise({n, 40}), 1, -0.5)));
      check(*rig, norm(Op::batch_norm, noise({7, n})));
    }
    for (const std::int64_t n : {4096, 4097, 10'000, 70'000})
      check(*rig, norm(Op::batch_norm, scaled(noise({n, 3}), 1, 1)));
    check(*rig, norm(Op::batch_norm, noise({30, 16, 16, 8})));
  }

  TEST_CASE("batch norm of any strides") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand x = noise({6, 35, 9});
    check(*rig, norm(Op::batch_norm, permuted(x, {2, 1, 0})));
    check(*rig, norm(Op::batch_norm, permuted(x, {1, 2, 0})));
    check(*rig, norm(Op::batch_norm, flipped(flipped(x, 0), 2)));
    check(*rig, norm(Op::batch_norm, stepped(x, 2)));
    Operand deep = noise({3, 4, 3, 4, 3, 4, 3});
    for (std::size_t d = 0; d < 7; ++d) deep = stepped(deep, d);
    check(*rig, norm(Op::batch_norm, deep));
    check_repeats(*rig, norm(Op::batch_norm, noise({10'000, 20})));
    CHECK(error_of([&] { check_in_parts(*rig, 4'000, norm(Op::batch_norm, x)); }).kind() ==
          ErrorKind::memory);
  }

  TEST_CASE("triangular systems") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const bool lower : {true, false})
      for (const bool strided : {true, false}) {
        for (const std::int64_t n : {1, 2, 7, 33, 64, 130})
          check(*rig, system({n, n}, 5, lower, strided));
        check(*rig, system({3, 2, 9, 9}, 4, lower, strided));
        check(*rig, system({20, 20}, 1000, lower, strided));
        check(*rig, system({600, 600}, 3, lower, strided));
      }
  }
}
